package inventpay

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"giftbot/sandbox/kit"
)

func (v *Vendor) putWebhookURL(w http.ResponseWriter, r *http.Request) {
	var in struct {
		URL string `json:"webhookUrl"`
	}
	if e := decode(r, &in); e != nil {
		v.fail(w, e)
		return
	}
	if !hookURL(in.URL, v.settings().HTTPSOnly) {
		v.fail(w, invalid("webhookUrl", "must be an HTTPS URL"))
		return
	}
	v.setURL(in.URL)
	v.ok(w, http.StatusOK, "Webhook URL updated", fields{"webhookUrl": in.URL})
}

func (v *Vendor) deleteWebhookURL(w http.ResponseWriter, _ *http.Request) {
	v.setURL("")
	v.ok(w, http.StatusOK, "Webhook URL removed", fields{"webhookUrl": nil})
}

func (v *Vendor) setURL(url string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.urlSetAt = v.cfg.Now()
	v.out.SetURL(url)
}

func (v *Vendor) webhookConfig(w http.ResponseWriter, _ *http.Request) {
	v.mu.Lock()
	hook := fields{"url": orNull(v.out.URL()), "secret": v.cfg.WebhookSecret, "isConfigured": v.out.URL() != "", "lastUpdated": nil}
	if !v.urlSetAt.IsZero() {
		hook["lastUpdated"] = stamp(v.urlSetAt)
	}
	all := v.deliveriesLocked("", "")
	data := fields{"webhook": hook, "statistics": statistics(all), "recentDeliveries": all[:min(5, len(all))], "supportedEvents": supportedEvents()}
	v.mu.Unlock()
	v.ok(w, http.StatusOK, "Webhook configuration retrieved", data)
}

// testWebhook queues a signed payment.test to the merchant URL or another one;
// it leaves with the next Tick.
func (v *Vendor) testWebhook(w http.ResponseWriter, r *http.Request) {
	var in struct {
		URL string `json:"webhookUrl"`
	}
	raw, err := kit.ReadBody(r) // empty = the merchant URL
	if err == nil && len(raw) > 0 {
		err = json.Unmarshal(raw, &in)
	}
	if err != nil {
		v.fail(w, refuse(http.StatusBadRequest, "Invalid JSON body"))
		return
	}
	if in.URL == "" {
		in.URL = v.out.URL()
	}
	if !hookURL(in.URL, v.settings().HTTPSOnly) {
		v.fail(w, invalid("webhookUrl", "no webhook URL is configured, or it is not an HTTPS URL"))
		return
	}
	v.mu.Lock()
	now := v.cfg.Now()
	body := v.set.hook(eventTest, fields{"paymentId": "test_" + v.newID(), "status": statusCompleted, "message": "This is a test webhook"}, now, true)
	d := v.deliver(v.direct, in.URL, "test", eventTest, body)
	v.mu.Unlock()
	v.ok(w, http.StatusOK, "Test webhook sent", fields{"url": in.URL, "deliveryId": d.id, "testedAt": stamp(now)})
}

// deliveriesLocked are the known deliveries, newest first, of a payment and an
// outcome ("true", "false") or all.
func (v *Vendor) deliveriesLocked(success, paymentID string) []fields {
	state := v.statesLocked()
	all := []fields{}
	for _, d := range slices.Backward(v.sent) {
		f := d.describe(state[d.id])
		if (paymentID == "" || d.key == paymentID) && (success == "" || success == fmt.Sprint(f["success"])) {
			all = append(all, f)
		}
	}
	return all
}

// statesLocked finds how each delivery fares, by its id.
func (v *Vendor) statesLocked() map[string]kit.Delivery {
	out := map[string]kit.Delivery{}
	for _, box := range []*kit.Outbox{v.out, v.direct} {
		for _, k := range box.Deliveries() {
			if _, id, ok := strings.Cut(k.Event, " "); ok {
				out[id] = k
			}
		}
	}
	return out
}

func (d *delivery) describe(k kit.Delivery) fields {
	f := fields{
		"id": d.id, "paymentId": d.key, "event": d.event, "url": orNull(d.url), "payload": string(d.body),
		"attempts": k.Tries, "success": k.State == kit.Delivered, "createdAt": stamp(d.createdAt), "nextAttemptAt": nil, "httpStatus": nil,
	}
	if k.LastCode != 0 {
		f["httpStatus"] = k.LastCode
	}
	if k.State == kit.Waiting {
		f["nextAttemptAt"] = stamp(k.NextAt)
	}
	return f
}

// listDeliveries pages through them, inventpay sheet §3: page from 1, limit 10
// and at most 100.
func (v *Vendor) listDeliveries(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	success := q.Get("success")
	if success != "" && success != "true" && success != "false" {
		v.fail(w, invalid("success", "must be true or false"))
		return
	}
	page, limit := atLeast1(q.Get("page"), 1), min(atLeast1(q.Get("limit"), 10), 100)
	v.mu.Lock()
	all := v.deliveriesLocked(success, q.Get("paymentId"))
	v.mu.Unlock()
	from, pages := min((page-1)*limit, len(all)), (len(all)+limit-1)/limit
	v.ok(w, http.StatusOK, "Deliveries retrieved", fields{
		"deliveries": all[from:min(from+limit, len(all))],
		"pagination": fields{"page": page, "limit": limit, "totalCount": len(all), "totalPages": pages, "hasNext": page < pages, "hasPrev": page > 1},
	})
}

func atLeast1(text string, otherwise int) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 1_000_000 {
		return otherwise
	}
	return n
}

func (v *Vendor) getDelivery(w http.ResponseWriter, r *http.Request) {
	v.withDelivery(w, r, "Delivery retrieved", func(*delivery) {})
}

// retryDelivery sends the same bytes with the same signature again.
func (v *Vendor) retryDelivery(w http.ResponseWriter, r *http.Request) {
	v.withDelivery(w, r, "Delivery queued", (*delivery).send)
}

func (v *Vendor) withDelivery(w http.ResponseWriter, r *http.Request, text string, do func(*delivery)) {
	v.mu.Lock()
	d := v.bySent[r.PathValue("id")]
	var data fields
	if d != nil {
		do(d)
		data = d.describe(v.statesLocked()[d.id])
	}
	v.mu.Unlock()
	if d == nil {
		v.fail(w, refuse(http.StatusNotFound, "Delivery not found"))
		return
	}
	v.ok(w, http.StatusOK, text, data)
}

func (v *Vendor) webhookStats(w http.ResponseWriter, r *http.Request) {
	days := atLeast1(r.URL.Query().Get("days"), 7)
	v.mu.Lock()
	since := stamp(v.cfg.Now().Add(-time.Duration(min(days, 366)) * 24 * time.Hour))
	recent := slices.DeleteFunc(v.deliveriesLocked("", ""), func(f fields) bool { return fmt.Sprint(f["createdAt"]) < since })
	url := v.out.URL()
	v.mu.Unlock()
	v.ok(w, http.StatusOK, "Statistics retrieved", fields{
		"period": fmt.Sprintf("%d days", days), "summary": statistics(recent), "webhookUrl": orNull(url), "isConfigured": url != "",
	})
}

func statistics(all []fields) fields {
	good := 0
	for _, f := range all {
		if f["success"] == true {
			good++
		}
	}
	rate := "0.00"
	if len(all) > 0 {
		rate = fmt.Sprintf("%d.%02d", good*100/len(all), good*10000/len(all)%100)
	}
	return fields{"total": len(all), "successful": good, "failed": len(all) - good, "successRate": rate}
}
