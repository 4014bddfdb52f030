// Package pricing works out what an order costs.
package pricing

import (
	"fmt"

	"example.com/orders/internal/order"
)

// Product is what the catalogue knows of an article.
type Product struct {
	SKU         string
	Title       string
	Class       string
	Price       order.Money
	WeightGrams int
	// BulkFrom is the quantity from which BulkPercent is taken off; 0 means never.
	BulkFrom    int
	BulkPercent int
}

// Engine prices orders. It is safe for concurrent use once it is set up.
type Engine struct {
	products map[string]Product
	// taxes has percentages by "country/class".
	taxes map[string]int
	// loyalty has percentages by customer.
	loyalty map[string]int
}

// NewEngine makes an engine for a catalogue.
func NewEngine(catalogue []Product) *Engine {
	e := &Engine{
		products: make(map[string]Product),
		taxes:    make(map[string]int),
		loyalty:  make(map[string]int),
	}
	for _, p := range catalogue {
		e.products[p.SKU] = p
	}
	return e
}

// SetTax sets the percentage for a class of goods in a country.
func (e *Engine) SetTax(country, class string, percent int) {
	e.taxes[taxKey(country, class)] = percent
}

// SetLoyalty sets what a customer gets off everything.
func (e *Engine) SetLoyalty(customer string, percent int) {
	e.loyalty[customer] = percent
}

// Price fills in prices, weights and totals. Shipping is left as it is.
func (e *Engine) Price(o *order.Order) error {
	totals := order.Totals{Shipping: o.Totals.Shipping}
	loyalty := e.loyalty[o.Customer]
	for i := range o.Lines {
		line := &o.Lines[i]
		product, ok := e.products[line.SKU]
		if !ok {
			return fmt.Errorf("line %d: no product %q", i+1, line.SKU)
		}
		line.UnitPrice = product.Price
		line.WeightGrams = product.WeightGrams
		percent := e.taxes[taxKey(o.ShipTo.Country, product.Class)]
		line.Taxable = percent > 0

		net := product.Price * order.Money(line.Quantity)
		discount := discountOf(product, net, line.Quantity, loyalty)
		totals.Net += net
		totals.Discount += discount
		totals.Tax += percentOf(net-discount, percent)
	}
	o.Totals = totals
	return nil
}

// discountOf is what comes off a line: the better of bulk and loyalty, and a
// tenth of the other on top, but never more than half the price.
func discountOf(p Product, net order.Money, quantity, loyalty int) order.Money {
	bulk := 0
	if p.BulkFrom > 0 && quantity >= p.BulkFrom {
		bulk = p.BulkPercent
	}
	better, other := bulk, loyalty
	if loyalty > bulk {
		better, other = loyalty, bulk
	}
	discount := percentOf(net, better) + percentOf(net, other)/10
	return min(discount, net/2)
}

// percentOf rounds half up, away from zero.
func percentOf(amount order.Money, percent int) order.Money {
	scaled := int64(amount) * int64(percent)
	if scaled < 0 {
		return order.Money((scaled - 50) / 100)
	}
	return order.Money((scaled + 50) / 100)
}

func taxKey(country, class string) string {
	return fmt.Sprintf("%s/%s", country, class)
}
