// Package shipping asks carriers what a parcel costs.
package shipping

import (
	"context"
	"errors"

	"example.com/orders/internal/order"
)

// Quote is a carrier's offer.
type Quote struct {
	Carrier string      `json:"carrier"`
	Price   order.Money `json:"price"`
	Days    int         `json:"days"`
}

// Carrier makes offers; it may take its time.
type Carrier interface {
	Quote(grams int, to order.Address) (Quote, error)
}

// ErrNoOffer is returned when no carrier answered in time.
var ErrNoOffer = errors.New("no carrier made an offer")

// Board asks several carriers at once.
type Board struct {
	carriers []Carrier
}

// NewBoard makes a board of carriers.
func NewBoard(carriers ...Carrier) *Board {
	return &Board{carriers: carriers}
}

// Cheapest returns the best of the offers that come before the context ends.
func (b *Board) Cheapest(ctx context.Context, grams int, to order.Address) (Quote, error) {
	offers := make(chan Quote)
	failed := make(chan error)
	for _, carrier := range b.carriers {
		go func() {
			quote, err := carrier.Quote(grams, to)
			if err != nil {
				failed <- err
				return
			}
			offers <- quote
		}()
	}
	var best Quote
	found := false
	for range b.carriers {
		select {
		case quote := <-offers:
			if !found || quote.Price < best.Price {
				best, found = quote, true
			}
		case <-failed:
		case <-ctx.Done():
			if found {
				return best, nil
			}
			return Quote{}, errors.Join(ErrNoOffer, ctx.Err())
		}
	}
	if !found {
		return Quote{}, ErrNoOffer
	}
	return best, nil
}

// FlatRate is a carrier with a price per started kilogram.
type FlatRate struct {
	Name    string
	Base    order.Money
	PerKilo order.Money
	Abroad  order.Money
	Home    string
	Days    int
}

// Quote implements Carrier.
func (f FlatRate) Quote(grams int, to order.Address) (Quote, error) {
	if grams <= 0 {
		return Quote{}, errors.New("parcel weighs nothing")
	}
	kilos := (grams + 999) / 1000
	price := f.Base + f.PerKilo*order.Money(kilos)
	if to.Country != f.Home {
		price += f.Abroad
	}
	return Quote{Carrier: f.Name, Price: price, Days: f.Days}, nil
}
