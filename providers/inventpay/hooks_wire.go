package inventpay

import (
	"time"

	"giftbot/providers/rest"
)

// Webhook is the merchant's webhook registration.
type Webhook struct {
	URL        string
	Configured bool
	Events     []string // the vendor's list of events
}

func decodeWebhook(body []byte) (Webhook, error) {
	w, err := decode[struct {
		Webhook *struct {
			URL        string `json:"url"`
			Configured flag   `json:"isConfigured"`
		} `json:"webhook"`
		Events []string `json:"supportedEvents"`
	}](body)
	if err != nil {
		return Webhook{}, err
	}
	if w.Webhook == nil {
		return Webhook{}, &rest.FieldError{Field: "webhook", Rule: "is missing"}
	}
	return Webhook{URL: w.Webhook.URL, Configured: bool(w.Webhook.Configured), Events: w.Events}, nil
}

// WebhookTest is what our endpoint answered to a payment.test.
type WebhookTest struct {
	URL    string
	Status int // HTTP status, 0 if not told
}

func decodeTest(body []byte) (WebhookTest, error) {
	w, err := decode[struct {
		URL    string `json:"url"`
		Status count  `json:"statusCode"`
	}](body)
	return WebhookTest{URL: w.URL, Status: int(w.Status)}, err
}

// Delivery is one webhook the vendor sent or tries to send.
type Delivery struct {
	ID          string
	PaymentID   string
	Status      int // HTTP status of our last answer, 0 if none
	Attempts    int
	Success     bool
	Error       string
	CreatedAt   time.Time
	LastAttempt time.Time
	NextAttempt time.Time // zero if none is due
}

// Deliveries is one page of them.
type Deliveries struct {
	List  []Delivery
	Page  int
	Total int
	More  bool // there is a next page
}

type wireDelivery struct {
	ID          string `json:"id"`
	PaymentID   string `json:"paymentId"`
	Status      count  `json:"httpStatus"`
	Attempts    count  `json:"attempts"`
	Success     flag   `json:"success"`
	Error       string `json:"errorMessage"`
	CreatedAt   stamp  `json:"createdAt"`
	LastAttempt stamp  `json:"lastAttemptAt"`
	NextAttempt stamp  `json:"nextAttemptAt"`
}

func (w wireDelivery) delivery() (Delivery, error) {
	if w.ID == "" {
		return Delivery{}, &rest.FieldError{Field: "id", Rule: "is missing"}
	}
	return Delivery{
		ID: w.ID, PaymentID: w.PaymentID, Status: int(w.Status), Attempts: int(w.Attempts), Success: bool(w.Success),
		Error: w.Error, CreatedAt: w.CreatedAt.Time, LastAttempt: w.LastAttempt.Time, NextAttempt: w.NextAttempt.Time,
	}, nil
}

func decodeDelivery(body []byte) (Delivery, error) {
	w, err := decode[wireDelivery](body)
	if err != nil {
		return Delivery{}, err
	}
	return w.delivery()
}

func decodeDeliveries(body []byte) (Deliveries, error) {
	w, err := decode[struct {
		List  *[]wireDelivery `json:"deliveries"`
		Pages struct {
			Page  count `json:"page"`
			Total count `json:"totalCount"`
			More  flag  `json:"hasNext"`
		} `json:"pagination"`
	}](body)
	if err != nil {
		return Deliveries{}, err
	}
	if w.List == nil {
		return Deliveries{}, &rest.FieldError{Field: "deliveries", Rule: "is missing"}
	}
	out := Deliveries{Page: int(w.Pages.Page), Total: int(w.Pages.Total), More: bool(w.Pages.More)}
	for _, one := range *w.List {
		d, err := one.delivery()
		if err != nil {
			return Deliveries{}, err
		}
		out.List = append(out.List, d)
	}
	return out, nil
}

// WebhookStats counts deliveries.
type WebhookStats struct {
	Total      int
	Successful int
	Failed     int
	Configured bool
}

func decodeStats(body []byte) (WebhookStats, error) {
	w, err := decode[struct {
		Summary *struct {
			Total      count `json:"total"`
			Successful count `json:"successful"`
			Failed     count `json:"failed"`
		} `json:"summary"`
		Configured flag `json:"isConfigured"`
	}](body)
	if err != nil {
		return WebhookStats{}, err
	}
	if w.Summary == nil {
		return WebhookStats{}, &rest.FieldError{Field: "summary", Rule: "is missing"}
	}
	return WebhookStats{
		Total: int(w.Summary.Total), Successful: int(w.Summary.Successful), Failed: int(w.Summary.Failed), Configured: bool(w.Configured),
	}, nil
}
