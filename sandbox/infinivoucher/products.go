package infinivoucher

import (
	"net/http"
	"net/url"
	"strconv"
)

type pageOf struct{ page, limit int }

func readPage(q url.Values, limit int) (pageOf, *apiError) {
	p := pageOf{1, limit}
	for name, to := range map[string]*int{"page": &p.page, "limit": &p.limit} {
		text := q.Get(name)
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 1_000_000 || (name == "limit" && n > 100) {
			return p, refuse(http.StatusBadRequest, "VALIDATION_ERROR", name+" is out of range")
		}
		*to = n
	}
	return p, nil
}

// cut returns the bounds of the page in a list of total items.
func (p pageOf) cut(total int) (from, to int) {
	from = min((p.page-1)*p.limit, total)
	return from, min(from+p.limit, total)
}

func (p pageOf) describe(total int) fields {
	return fields{"page": p.page, "limit": p.limit, "total": total, "totalPages": max(1, (total+p.limit-1)/p.limit)}
}

func (v *Vendor) health(w http.ResponseWriter, _ *http.Request) {
	v.mu.Lock()
	sick := v.set.Unhealthy
	v.mu.Unlock()
	if sick {
		v.fail(w, refuse(http.StatusServiceUnavailable, "SERVICE_UNAVAILABLE", "maintenance"))
		return
	}
	v.ok(w, fields{"status": "healthy", "version": "v1", "timestamp": stamp(v.cfg.Now())})
}

// listProducts counts products, not categories, so that a category can be
// split over two pages (infinivoucher sheet §3).
func (v *Vendor) listProducts(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	page, e := readPage(q, 50)
	if e == nil && q.Get("in_stock") != "" && q.Get("in_stock") != "true" && q.Get("in_stock") != "false" {
		e = refuse(http.StatusBadRequest, "VALIDATION_ERROR", "in_stock must be true or false")
	}
	if e != nil {
		v.fail(w, e)
		return
	}
	v.mu.Lock()
	shown := v.visible(q.Get("category_id"), q.Get("in_stock") == "true")
	from, to := page.cut(len(shown))
	categories := grouped(shown[from:to])
	v.mu.Unlock()
	v.ok(w, fields{"categories": categories, "pagination": page.describe(len(shown))})
}

func (v *Vendor) visible(categoryID string, inStock bool) []*Product {
	var out []*Product
	for _, p := range v.products {
		if p.Hidden || (inStock && p.Stock == 0) || (categoryID != "" && categoryID != cuid(p.Category)) {
			continue
		}
		out = append(out, p)
	}
	return out
}

type categoryOut struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Products []fields `json:"products"`
}

func grouped(products []*Product) []*categoryOut {
	out := []*categoryOut{}
	at := map[string]*categoryOut{}
	for _, p := range products {
		c := at[p.Category]
		if c == nil {
			c = &categoryOut{ID: cuid(p.Category), Name: p.Category}
			at[p.Category] = c
			out = append(out, c)
		}
		status := "IN_STOCK"
		if p.Stock == 0 {
			status = "OUT_OF_STOCK"
		}
		c.Products = append(c.Products, fields{
			"id": p.ID, "name": p.Name, "price": p.Price.String(), "currency": currency,
			"stockStatus": status, "availableQuantity": p.Stock,
		})
	}
	return out
}

func (v *Vendor) wallet(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	limit := 10
	if text := q.Get("transactions_limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 50 {
			v.fail(w, refuse(http.StatusBadRequest, "VALIDATION_ERROR", "transactions_limit must be 1 to 50"))
			return
		}
		limit = n
	}
	v.mu.Lock()
	status := "ACTIVE"
	if v.frozen {
		status = "FROZEN"
	}
	list := []Transaction{}
	if q.Get("include_transactions") == "true" {
		for i := len(v.moves) - 1; i >= 0 && len(list) < limit; i-- {
			list = append(list, v.moves[i])
		}
	}
	balance := v.balance.String()
	v.mu.Unlock()
	v.ok(w, fields{"wallet": fields{"balance": balance, "currency": currency, "status": status}, "transactions": list})
}
