// Package order holds what the rest of the service talks about: orders, their
// lines, and money.
package order

import (
	"errors"
	"fmt"
	"time"
)

// Money is an amount in cents.
type Money int64

// String formats the amount with two decimals: "12.05".
func (m Money) String() string {
	sign := ""
	if m < 0 {
		sign, m = "-", -m
	}
	return fmt.Sprintf("%s%d.%02d", sign, int64(m)/100, int64(m)%100)
}

// Status is where an order stands.
type Status uint8

const (
	New Status = iota
	Paid
	Shipped
	Cancelled
)

var statusNames = [...]string{"new", "paid", "shipped", "cancelled"}

func (s Status) String() string {
	if int(s) < len(statusNames) {
		return statusNames[s]
	}
	return fmt.Sprintf("status(%d)", uint8(s))
}

// MarshalText lets a status appear in JSON by name.
func (s Status) MarshalText() ([]byte, error) {
	return []byte(s.String()), nil
}

// UnmarshalText is the inverse of MarshalText.
func (s *Status) UnmarshalText(text []byte) error {
	parsed, err := ParseStatus(string(text))
	*s = parsed
	return err
}

// ParseStatus finds a status by its name.
func ParseStatus(name string) (Status, error) {
	for i, known := range statusNames {
		if name == known {
			return Status(i), nil
		}
	}
	return New, fmt.Errorf("unknown status %q", name)
}

// CanBecome reports whether an order may go from s to next.
func (s Status) CanBecome(next Status) bool {
	switch s {
	case New:
		return next == Paid || next == Cancelled
	case Paid:
		return next == Shipped || next == Cancelled
	default:
		return false
	}
}

// Address is where goods or bills go.
type Address struct {
	Name     string `json:"name"`
	Street   string `json:"street"`
	City     string `json:"city"`
	Postcode string `json:"postcode"`
	Country  string `json:"country"`
}

// Line is one position of an order.
type Line struct {
	SKU         string `json:"sku"`
	Gift        bool   `json:"gift,omitempty"`
	Quantity    int    `json:"quantity"`
	Backordered bool   `json:"backordered,omitempty"`
	UnitPrice   Money  `json:"unit_price"`
	Taxable     bool   `json:"taxable"`
	WeightGrams int    `json:"weight_grams"`
}

// Totals is what the customer pays, and for what.
type Totals struct {
	Net      Money `json:"net"`
	Discount Money `json:"discount"`
	Tax      Money `json:"tax"`
	Shipping Money `json:"shipping"`
}

// Gross is the sum on the bill.
func (t Totals) Gross() Money {
	return t.Net - t.Discount + t.Tax + t.Shipping
}

// Order is what a customer asked for.
type Order struct {
	ID       string    `json:"id"`
	Customer string    `json:"customer"`
	Status   Status    `json:"status"`
	Created  time.Time `json:"created"`
	Express  bool      `json:"express,omitempty"`
	Lines    []Line    `json:"lines"`
	ShipTo   Address   `json:"ship_to"`
	BillTo   Address   `json:"bill_to"`
	Note     string    `json:"note,omitempty"`
	Totals   Totals    `json:"totals"`
}

// Weight is what the parcel weighs, in grams.
func (o *Order) Weight() int {
	weight := 0
	for _, line := range o.Lines {
		weight += line.Quantity * line.WeightGrams
	}
	return weight
}

var (
	errNoCustomer = errors.New("order has no customer")
	errNoLines    = errors.New("order has no lines")
)

// Validate reports what makes an order unacceptable.
func (o *Order) Validate() error {
	if o.Customer == "" {
		return errNoCustomer
	}
	if len(o.Lines) == 0 {
		return errNoLines
	}
	for i, line := range o.Lines {
		switch {
		case line.SKU == "":
			return fmt.Errorf("line %d has no sku", i+1)
		case line.Quantity <= 0:
			return fmt.Errorf("line %d has quantity %d", i+1, line.Quantity)
		}
	}
	if o.ShipTo.Country == "" {
		return fmt.Errorf("order of %s has no country to ship to", o.Customer)
	}
	return nil
}
