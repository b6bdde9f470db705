package store

import (
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// PutItems creates or replaces items of one seller.
func (tx *Tx) PutItems(seller string, items []troubleshoot.Item, now time.Time) error {
	if err := tx.EnsureSeller(seller, now); err != nil {
		return err
	}
	for _, i := range items {
		if _, err := tx.exec(`INSERT INTO items (seller, sku, title, category, brand, unit_price, unit_price_currency, sales_rank, specs,
  manual_url, questions, return_cost, return_cost_currency) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (seller, sku) DO UPDATE SET title = excluded.title, category = excluded.category, brand = excluded.brand,
  unit_price = excluded.unit_price, unit_price_currency = excluded.unit_price_currency, sales_rank = excluded.sales_rank,
  specs = excluded.specs, manual_url = excluded.manual_url, questions = excluded.questions,
  return_cost = excluded.return_cost, return_cost_currency = excluded.return_cost_currency`,
			seller, i.SKU, i.Title, i.Category, i.Brand, i.UnitPrice.Minor, i.UnitPrice.Currency, i.SalesRank, toJSON(i.Specs),
			i.ManualURL, toJSON(i.Questions), i.ReturnCost.Minor, i.ReturnCost.Currency); err != nil {
			return wrap("put item", err)
		}
	}
	return tx.touchCatalog(seller)
}

// Item gives an item, or NotFound.
func (tx *Tx) Item(seller, sku string) (troubleshoot.Item, error) {
	i := troubleshoot.Item{Seller: seller, SKU: sku}
	var specs, questions string
	err := tx.row(`SELECT title, category, brand, unit_price, unit_price_currency, sales_rank, specs, manual_url, questions, return_cost,
  return_cost_currency FROM items WHERE seller = $1 AND sku = $2`, seller, sku).Scan(&i.Title, &i.Category, &i.Brand, &i.UnitPrice.Minor,
		&i.UnitPrice.Currency, &i.SalesRank, &specs, &i.ManualURL, &questions, &i.ReturnCost.Minor, &i.ReturnCost.Currency)
	if err != nil {
		return i, found(err, "item", sku)
	}
	if err := fromJSON(specs, &i.Specs); err != nil {
		return i, wrap("read item", err)
	}
	return i, wrap("read item", fromJSON(questions, &i.Questions))
}
