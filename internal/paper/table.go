package paper

// Tables are set with thin rules between rows and nothing else; the names of the
// columns stand again at the head of each page, where they are no part of the
// text a second time.

const cellGap = 2.0 // between columns, in millimetres

// columns are where each begins and how wide it is.
func (b Block) columns() (at, wide []float64) {
	n := 0
	for _, r := range b.Rows {
		n = max(n, len(r))
	}
	shares, sum := b.Shares, 0.0
	if len(shares) != n {
		shares = make([]float64, n)
		for i := range shares {
			shares[i] = 1
		}
	}
	for _, s := range shares {
		sum += s
	}
	x := left
	for _, s := range shares {
		w := (width - left - right) * s / sum
		at, wide = append(at, x), append(wide, w-cellGap)
		x += w
	}
	return at, wide
}

type row struct {
	part  *part
	cells [][]string // by column, broken into lines
	head  bool
}

func (r row) lines() (n int) {
	for _, c := range r.cells {
		n = max(n, len(c))
	}
	return n
}

func (s *setter) table(p *part, b Block) {
	if len(b.Rows) == 0 {
		return
	}
	st := styles[Table]
	s.y += st.before
	at, wide := b.columns()
	head := s.row(b.Rows[0], wide, true)
	p.parts = append(p.parts, head.part)
	for i, cells := range b.Rows {
		r := head
		if i > 0 {
			r = s.row(cells, wide, false)
			p.parts = append(p.parts, r.part)
		}
		s.setRow(r, head, at, len(b.Rows) > 1)
	}
	s.y += st.before
}

// row breaks the cells of one row and says what each is.
func (s *setter) row(cells []string, wide []float64, head bool) row {
	r := row{part: &part{kind: "TR"}, head: head, cells: make([][]string, len(wide))}
	for i := range wide {
		c := &part{kind: "TD"}
		switch {
		case head:
			c.kind, c.scope = "TH", "Column"
		case i == 0:
			c.kind, c.scope = "TH", "Row"
		}
		r.part.parts = append(r.part.parts, c)
		s.face(head)
		if i < len(cells) {
			r.cells[i] = s.lines(Shown(cells[i]), wide[i])
		}
	}
	return r
}

func (s *setter) face(head bool) {
	face := ""
	if head {
		face = "B"
	}
	s.SetFont("held", face, styles[Table].size)
}

// setRow sets a row, on as many pages as it needs; one that fits on a page is
// not parted.
func (s *setter) setRow(r, head row, at []float64, follows bool) {
	lead := styles[Table].size * millimetresInPoint * 1.35
	need := float64(r.lines())*lead + 1.6
	if r.head && follows {
		need += 3 * lead // the names of columns do not stand alone
	}
	if s.y+need > height-bottom && s.y > top {
		s.page()
		if !r.head {
			s.again(head, at, lead)
		}
	}
	for from := 0; from < r.lines(); {
		n := min(r.lines()-from, int((height-bottom-s.y-1.6)/lead))
		if n < 1 {
			s.page()
			s.again(head, at, lead)
			continue
		}
		s.cells(r, at, from, n, lead, true)
		from += n
	}
	s.rule(at)
}

// again sets the names of the columns on a later page.
func (s *setter) again(head row, at []float64, lead float64) {
	s.RawWriteStr("/Artifact <</Type /Pagination /Subtype /Header>> BDC\n")
	s.cells(head, at, 0, head.lines(), lead, false)
	s.shut()
	s.rule(at)
}

func (s *setter) cells(r row, at []float64, from, n int, lead float64, tags bool) {
	s.face(r.head)
	for i, c := range r.cells {
		if from >= len(c) {
			continue
		}
		if tags {
			s.open(r.part.parts[i])
		}
		for k, line := range c[from:min(from+n, len(c))] {
			s.Text(at[i], s.y+float64(k+1)*lead, line)
		}
		if tags {
			s.shut()
		}
	}
	s.y += float64(n) * lead
}

// rule draws the line under a row, which is no part of the text.
func (s *setter) rule(at []float64) {
	s.y += 1.1
	s.RawWriteStr("/Artifact BMC\n")
	s.SetLineWidth(0.1)
	s.SetDrawColor(150, 150, 150)
	s.Line(at[0], s.y, width-right, s.y)
	s.shut()
	s.y += 0.5
}
