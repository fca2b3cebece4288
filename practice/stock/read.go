package stock

import (
	"context"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"io"
	"strconv"
	"time"

	"held/internal/db"
	"held/practice/access"
	"held/rules/protocol"
)

// Line is an entry as the book shows it.
type Line struct {
	Entry
	Balance protocol.Decimal // of its lot, after it
	Witness db.ID            // who confirmed it
	Undone  bool             // a counter-entry stands further on
	Waits   string           // for a witness, for an explanation
}

// Book is one lot with everything that became of it.
type Book struct {
	Item
	Lines   []Line
	Balance protocol.Decimal
	Left    []Left // drawn up for a session and not accounted for
	Expired bool
}

// Book is one lot's.
func (s *Service) Book(ctx context.Context, item db.ID) (b Book, err error) {
	if err := may(ctx, access.Read); err != nil {
		return b, err
	}
	q, practice := s.DB.Reader(), access.From(ctx).Practice
	if b.Item, err = s.Item(ctx, q, item); err != nil {
		return b, err
	}
	if b.Expired, err = s.expired(ctx, b.Item); err != nil {
		return b, err
	}
	rows, err := db.All(ctx, q, scanEntry, sqlEntriesOf, practice, item)
	if err != nil {
		return b, err
	}
	all, err := s.openEntries(ctx, q, rows)
	if err != nil {
		return b, err
	}
	open, err := s.waiting(ctx, q)
	if err != nil {
		return b, err
	}
	b.fill(all, open)
	return b, nil
}

func (b *Book) fill(all []Entry, open map[db.ID]string) {
	at := map[db.ID]int{}
	for _, e := range all {
		b.Balance += e.Delta
		at[e.ID] = len(b.Lines)
		b.Lines = append(b.Lines, Line{Entry: e, Balance: b.Balance, Waits: open[e.ID]})
		of, ok := at[e.Of]
		switch {
		case !ok || e.Of.IsZero():
		case e.Kind == Witnessed:
			b.Lines[of].Witness = e.By
		case e.Kind == Corrected:
			b.Lines[of].Undone = true
		}
	}
	for _, l := range lefts(all, func(e Entry) db.ID { return e.Session }) {
		if l.Amount != 0 {
			b.Left = append(b.Left, l)
		}
	}
}

func waits(k Kind) string {
	if k == Discrepancy {
		return ForExplanation
	}
	return ForWitness
}

func (s *Service) waiting(ctx context.Context, q db.Q) (map[db.ID]string, error) {
	rows, err := db.All(ctx, q, scanEntry, sqlOpen, access.From(ctx).Practice)
	out := map[db.ID]string{}
	for _, r := range rows {
		out[r.ID] = waits(r.Kind)
	}
	return out, err
}

// Waiting is an entry with its lot: one that somebody has to do something about,
// or a draw.
type Waiting struct {
	Entry
	Of Item
}

// Waits lists what waits for a witness or an explanation, the earliest first:
// for whoever may be a witness.
func (s *Service) Waits(ctx context.Context) (out []Waiting, err error) {
	r := access.Resource{Class: access.Witness}
	if err := access.Check(ctx, access.Read, r); err != nil {
		return nil, err
	}
	q := s.DB.Reader()
	rows, err := db.All(ctx, q, scanEntry, sqlOpen, access.From(ctx).Practice)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		w := Waiting{}
		if w.Entry, err = s.openEntry(ctx, q, r); err != nil {
			return nil, err
		}
		if w.Of, err = s.Item(ctx, q, r.Item); err != nil {
			return nil, err
		}
		out = append(out, w)
	}
	return out, nil
}

// All are the lots in use with their balance, and those that were put away last.
func (s *Service) All(ctx context.Context) (used []Held, away []Item, err error) {
	if err := may(ctx, access.Read); err != nil {
		return nil, nil, err
	}
	q := s.DB.Reader()
	if used, err = s.InStock(ctx, q, ""); err != nil {
		return nil, nil, err
	}
	rows, err := db.All(ctx, q, scanItem, sqlClosedItems, access.From(ctx).Practice)
	for _, r := range rows {
		i, err := s.openItem(ctx, q, r)
		if err != nil {
			return nil, nil, err
		}
		away = append(away, i)
	}
	return used, away, err
}

// exported is an entry as it is taken elsewhere. Names are those that who takes
// it may read; everybody else is an id.
type exported struct {
	N         int64             `json:"n"`
	ID        db.ID             `json:"id"`
	At        string            `json:"at"`
	Kind      Kind              `json:"kind"`
	Substance string            `json:"substance,omitempty"`
	Form      string            `json:"form,omitempty"`
	Strength  string            `json:"mg_per_unit,omitempty"`
	Unit      string            `json:"unit,omitempty"`
	Lot       string            `json:"lot,omitempty"`
	Expires   string            `json:"expires,omitempty"`
	Stock     protocol.Decimal  `json:"stock"`
	Session   string            `json:"session,omitempty"`
	DrawnUp   protocol.Decimal  `json:"drawn_up"`
	Amount    protocol.Decimal  `json:"amount"`
	Mg        *protocol.Decimal `json:"mg,omitempty"`
	Balance   *protocol.Decimal `json:"balance,omitempty"`
	Client    string            `json:"client,omitempty"`
	Name      string            `json:"client_name,omitempty"`
	By        string            `json:"by,omitempty"`
	ByName    string            `json:"by_name,omitempty"`
	Supplier  string            `json:"supplier,omitempty"`
	Reference string            `json:"reference,omitempty"`
	Why       string            `json:"why,omitempty"`
	Of        string            `json:"of,omitempty"`
	Ref       string            `json:"room_entry,omitempty"`
	Hash      string            `json:"hash"`
}

func text(id db.ID) string {
	if id.IsZero() {
		return ""
	}
	return id.String()
}

// Export writes the whole ledger, "csv" or "json". The trail says so.
func (s *Service) Export(ctx context.Context, w io.Writer, as string) error {
	if err := may(ctx, access.Read); err != nil {
		return err
	}
	if err := s.Trail.Did(ctx, line("exported", db.ID{}, db.ID{}, as)); err != nil {
		return err
	}
	all, err := s.exported(ctx)
	if err != nil {
		return err
	}
	if as == "json" {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(struct {
			Ledger  string     `json:"ledger"`
			Entries []exported `json:"entries"`
		}{"controlled substances", all})
	}
	out := csv.NewWriter(w)
	if err := out.Write([]string{"n", "at", "kind", "substance", "form", "mg per unit", "unit", "lot", "expires", "stock", "drawn up", "amount", "mg", "balance", "session", "client", "client name", "by", "by name", "supplier", "reference", "why", "of", "room entry", "id", "hash"}); err != nil {
		return err
	}
	for _, e := range all {
		if err := out.Write(e.row()); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func (e exported) row() []string {
	maybe := func(d *protocol.Decimal) string {
		if d == nil {
			return ""
		}
		return d.String()
	}
	row := []string{
		strconv.FormatInt(e.N, 10), e.At, string(e.Kind), e.Substance, e.Form, e.Strength, e.Unit, e.Lot, e.Expires, e.Stock.String(), e.DrawnUp.String(), e.Amount.String(), maybe(e.Mg), maybe(e.Balance),
		e.Session, e.Client, e.Name, e.By, e.ByName, e.Supplier, e.Reference, e.Why, e.Of, e.Ref, e.ID.String(), e.Hash,
	}
	for i := range row {
		row[i] = harmless(row[i])
	}
	return row
}

// harmless keeps what somebody typed from being a formula in a spreadsheet.
func harmless(s string) string {
	if s == "" {
		return s
	}
	switch s[0] {
	case '=', '@', '+', '\t', '\r':
		return "'" + s
	case '-':
		if _, err := strconv.ParseFloat(s, 64); err != nil {
			return "'" + s
		}
	}
	return s
}

func (s *Service) exported(ctx context.Context) (out []exported, err error) {
	q := s.DB.Reader()
	items, balances := map[db.ID]Item{}, map[db.ID]protocol.Decimal{}
	var people, clients []db.ID
	err = s.walk(ctx, q, func(e Entry) error {
		x := exported{
			N: e.N, ID: e.ID, At: e.At.UTC().Format(time.RFC3339Nano), Kind: e.Kind, Stock: e.Delta, DrawnUp: e.Held, Amount: e.Body.Amount, Mg: e.Body.Mg, Session: text(e.Session), Client: text(e.Client),
			By: text(e.By), Supplier: e.Body.Supplier, Reference: e.Body.Reference, Why: e.Body.Why, Of: text(e.Of), Ref: e.Body.Ref, Hash: hex.EncodeToString(e.Hash),
		}
		if !e.Item.IsZero() {
			i, there := items[e.Item]
			if !there {
				var err error
				if i, err = s.Item(ctx, q, e.Item); err != nil {
					return err
				}
				items[e.Item] = i
			}
			balances[e.Item] += e.Delta
			b := balances[e.Item]
			x.Substance, x.Form, x.Strength, x.Unit, x.Lot, x.Expires, x.Balance = i.Substance, i.Form, i.Strength.String(), i.Unit, i.Lot, i.Expires, &b
		}
		people, clients = append(people, e.By), append(clients, e.Client)
		out = append(out, x)
		return nil
	})
	if err != nil {
		return nil, err
	}
	names, err := s.colleagues(ctx, people)
	if err != nil {
		return nil, err
	}
	theirs, err := s.clients(ctx, clients)
	for i := range out {
		out[i].ByName, out[i].Name = names[out[i].By], theirs[out[i].Client]
	}
	return out, err
}

// colleagues are the working names of who works here.
func (s *Service) colleagues(ctx context.Context, ids []db.ID) (map[string]string, error) {
	names, err := s.People.Names(ctx, ids...)
	out := map[string]string{}
	for id, name := range names {
		out[id.String()] = name
	}
	return out, err
}

// clients are the working names of those clients whose orders the reader may
// read; whoever else is there stays an id.
func (s *Service) clients(ctx context.Context, ids []db.ID) (map[string]string, error) {
	names, err := s.People.ClientNames(ctx, ids...)
	out := map[string]string{}
	for id, name := range names {
		if !id.IsZero() && access.Can(ctx, access.Read, access.Resource{Class: access.Orders, Subject: id}) {
			out[id.String()] = name
		}
	}
	return out, err
}
