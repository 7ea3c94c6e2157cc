package plexy

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/shopspring/decimal"
)

// The product types of plexy sheet §3.
const (
	RedeemCard     = "redeem_card"     // a voucher: the order completes with a code
	DirectTransfer = "direct_transfer" // in the catalogue, but there is no documented way to order it
	DirectTopUp    = "direct_top_up"   // pays into the buyer's account
)

func productTypes() []string { return []string{RedeemCard, DirectTransfer, DirectTopUp} }

// Product is one thing on the shelf. Money is in major units of Currency.
type Product struct {
	ID          int64               `json:"id"`
	Name        string              `json:"name"`
	Slug        string              `json:"slug"`
	Category    Category            `json:"category"`
	Type        string              `json:"type"`   // one of the types above
	Region      string              `json:"region"` // region_code
	Currency    string              `json:"currency"`
	Price       decimal.NullDecimal `json:"price"` // required for a voucher
	Min         decimal.NullDecimal `json:"min"`   // of a top-up's amount; null = no limit
	Max         decimal.NullDecimal `json:"max"`   // same
	Step        decimal.NullDecimal `json:"step"`  // amounts are multiples of it; null = any
	Description string              `json:"description"`
	Inactive    bool                `json:"inactive"` // listed with is_active false, cannot be ordered
	Fields      []string            `json:"fields"`   // required in customer_account, shown by no endpoint
	Content     []string            `json:"content"`  // keys of a voucher's order_content; nil = voucher_code
	Margin      decimal.Decimal     `json:"margin"`   // percent that Plexy adds to the charge
}

// Category groups products.
type Category struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

func (p Product) check() error {
	switch {
	case p.ID <= 0 || p.Name == "" || p.Category.ID <= 0 || p.Category.Name == "" || p.Currency == "":
		return errors.New("id, name, category and currency are required")
	case !slices.Contains(productTypes(), p.Type):
		return fmt.Errorf("type must be one of %v", productTypes())
	case p.Type == RedeemCard && !p.Price.Valid:
		return errors.New("a voucher needs a price")
	case p.Type == DirectTopUp && len(p.Fields) == 0:
		return errors.New("a top-up needs account fields")
	case p.Margin.IsNegative():
		return errors.New("margin must not be negative")
	}
	for _, d := range []decimal.NullDecimal{p.Price, p.Min, p.Max, p.Step} {
		if d.Valid && !d.Decimal.IsPositive() {
			return errors.New("price, min, max and step must be positive or null")
		}
	}
	return nil
}

// fixed tells whether a top-up comes in one size only.
func (p *Product) fixed() bool { return p.Price.Valid && !p.Min.Valid && !p.Max.Valid }

// charge is what an amount costs the agent: the margin is added and the sum
// rounded up to the cent (plexy sheet §8: 10.00 is charged 12.50).
func (p *Product) charge(amount decimal.Decimal) decimal.Decimal {
	return amount.Add(amount.Mul(p.Margin).Shift(-2)).RoundUp(2)
}

// describe is the product on the wire: its numbers are JSON numbers. With
// absent, a number that is null is left out.
func (p *Product) describe(absent bool) fields {
	f := fields{
		"id": p.ID, "name": p.Name, "slug": p.Slug, "category_id": p.Category.ID, "product_type_id": typeID(p.Type),
		"region_code": p.Region, "currency_code": p.Currency, "logo": "https://cdn.plexy.test/logos/" + p.Slug + ".png",
		"description": p.Description, "is_active": !p.Inactive,
	}
	for name, d := range map[string]decimal.NullDecimal{"price": p.Price, "min_amount": p.Min, "max_amount": p.Max, "step": p.Step} {
		if d.Valid || !absent {
			f[name] = number(d)
		}
	}
	return f
}

// typeID is the id of a type code.
func typeID(code string) int { return slices.Index(productTypes(), code) + 1 }

type pageOf struct{ page, size int }

// readPage reads page and pageSize; a size above the limit is cut to it.
func (v *Vendor) readPage(q url.Values) (pageOf, *apiError) {
	v.mu.Lock()
	limit := v.set.MaxPageSize
	v.mu.Unlock()
	p := pageOf{1, 50}
	for name, to := range map[string]*int{"page": &p.page, "pageSize": &p.size} {
		text := q.Get(name)
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 1_000_000 {
			return p, invalid(name, "is out of range")
		}
		*to = n
	}
	p.size = min(p.size, limit)
	return p, nil
}

// pageIn cuts one page out of a list and wraps it in the envelope of plexy sheet §2.
func pageIn[T any](p pageOf, all []T, describe func(T) fields) fields {
	from := min((p.page-1)*p.size, len(all))
	items := []fields{}
	for _, one := range all[from:min(from+p.size, len(all))] {
		items = append(items, describe(one))
	}
	return fields{"items": items, "page": p.page, "pageSize": p.size, "total": len(all)}
}

// The shapes of the lists whose body the sheet could not retrieve.
const (
	ListPage  = "page"  // {"items":…,"page":…}; the default
	ListArray = "array" // everything in a bare array, paging ignored
)

// answerList answers products or categories in the shape chosen.
func (v *Vendor) answerList(w http.ResponseWriter, r *http.Request, list func() []fields) {
	page, e := v.readPage(r.URL.Query())
	if e != nil {
		v.fail(w, e)
		return
	}
	v.mu.Lock()
	all, shape := list(), v.set.ListShape
	v.mu.Unlock()
	if shape == ListArray {
		ok(w, all)
		return
	}
	ok(w, pageIn(page, all, func(f fields) fields { return f }))
}

func (v *Vendor) listTypes(w http.ResponseWriter, _ *http.Request) {
	names := []string{"Redeem card", "Direct transfer", "Direct top-up"}
	all := []fields{}
	for i, code := range productTypes() {
		all = append(all, fields{"id": i + 1, "code": code, "name": names[i]})
	}
	ok(w, all)
}

func (v *Vendor) listCategories(w http.ResponseWriter, r *http.Request) {
	v.answerList(w, r, func() []fields {
		all, seen := []fields{}, map[int64]bool{}
		for _, p := range v.products {
			if !seen[p.Category.ID] {
				seen[p.Category.ID] = true
				all = append(all, fields{"id": p.Category.ID, "name": p.Category.Name})
			}
		}
		return all
	})
}

// listProducts answers every product, the inactive ones too.
func (v *Vendor) listProducts(w http.ResponseWriter, r *http.Request) {
	v.answerList(w, r, func() []fields {
		all := []fields{}
		for _, p := range v.products {
			all = append(all, p.describe(v.set.AbsentNulls))
		}
		return all
	})
}

func (v *Vendor) getProduct(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("product_id"), 10, 64)
	v.mu.Lock()
	p := v.byID[id]
	var body fields
	if p != nil && err == nil {
		body = p.describe(v.set.AbsentNulls)
	}
	v.mu.Unlock()
	if body == nil {
		v.fail(w, refuse(http.StatusNotFound, "product_not_found", "no such product"))
		return
	}
	ok(w, body)
}
