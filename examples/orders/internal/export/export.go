// Package export writes orders in forms that other departments read.
package export

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"example.com/orders/internal/order"
)

const header = "id,customer,status,country,lines,net,discount,tax,shipping,gross\n"

// CSV writes one row an order.
func CSV(w io.Writer, orders []order.Order) error {
	if _, err := w.Write([]byte(header)); err != nil {
		return err
	}
	for _, o := range orders {
		if _, err := w.Write([]byte(row(o))); err != nil {
			return err
		}
	}
	return nil
}

func row(o order.Order) string {
	fields := []string{
		o.ID,
		quote(o.Customer),
		o.Status.String(),
		o.ShipTo.Country,
		fmt.Sprintf("%d", len(o.Lines)),
		o.Totals.Net.String(),
		o.Totals.Discount.String(),
		o.Totals.Tax.String(),
		o.Totals.Shipping.String(),
		o.Totals.Gross().String(),
	}
	return strings.Join(fields, ",") + "\n"
}

func quote(field string) string {
	if !strings.ContainsAny(field, ",\"\n") {
		return field
	}
	return `"` + strings.ReplaceAll(field, `"`, `""`) + `"`
}

// Summary is a table of sales by country, for the morning mail.
func Summary(orders []order.Order) string {
	byCountry := make(map[string]order.Money)
	count := make(map[string]int)
	for _, o := range orders {
		if o.Status == order.Cancelled {
			continue
		}
		byCountry[o.ShipTo.Country] += o.Totals.Gross()
		count[o.ShipTo.Country]++
	}
	var countries []string
	for country := range byCountry {
		countries = append(countries, country)
	}
	sort.Strings(countries)

	text := "country  orders       gross\n"
	var total order.Money
	for _, country := range countries {
		text += fmt.Sprintf("%-8s %6d %11s\n", country, count[country], byCountry[country])
		total += byCountry[country]
	}
	text += strings.Repeat("-", 27) + "\n"
	text += fmt.Sprintf("%-8s %6s %11s\n", "total", "", total)
	return text
}

// PickList is what the warehouse prints: one line an article and bin.
func PickList(orders []order.Order) string {
	list := ""
	for _, o := range orders {
		list += o.ID + " " + o.ShipTo.Name + "\n"
		for _, line := range o.Lines {
			list += fmt.Sprintf("  %4d x %s", line.Quantity, line.SKU)
			if line.Gift {
				list += " (gift)"
			}
			list += "\n"
		}
	}
	return list
}

// Files writes one CSV file per customer into dir and returns their paths.
func Files(dir string, orders []order.Order) ([]string, error) {
	byCustomer := make(map[string][]order.Order)
	for _, o := range orders {
		byCustomer[o.Customer] = append(byCustomer[o.Customer], o)
	}
	var paths []string
	for customer, theirs := range byCustomer {
		path := filepath.Join(dir, customer+".csv")
		file, err := os.Create(path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		if err := CSV(file, theirs); err != nil {
			return nil, err
		}
		paths = append(paths, path)
	}
	sort.Strings(paths)
	return paths, nil
}

// ReadStatuses reads "id,status" rows, as the warehouse sends them back.
func ReadStatuses(r io.Reader) (map[string]order.Status, error) {
	statuses := make(map[string]order.Status)
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimSpace(string(lines.Bytes()))
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		fields := strings.Split(text, ",")
		if len(fields) != 2 {
			return nil, fmt.Errorf("line %d has %d fields", n, len(fields))
		}
		status, err := order.ParseStatus(strings.ToLower(fields[1]))
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		statuses[fields[0]] = status
	}
	return statuses, lines.Err()
}
