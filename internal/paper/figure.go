package paper

import "fmt"

// Figure is a drawing of lines and words, in units of its own; it is set
// nearly as wide as the text. What it shows stands beside it as a table.
type Figure struct {
	Wide, High float64
	Strokes    []Stroke
}

// Stroke is one part of a drawing. Points are one after the other x and y.
type Stroke struct {
	Shape  Shape
	Points []float64
	Text   string
	Size   float64 // of a text, in the drawing's units; of a dot, its radius
	Thick  float64 // of a line, in millimetres
	Dashed bool
	Pale   bool    // of a line: it is there to be read by, and not to be seen
	Open   bool    // a dot that is hollow
	Anchor float64 // of a text: 0 it begins there, 0.5 its middle stands there, 1 it ends there
}

// Shape is what a stroke is.
type Shape string

// The shapes.
const (
	Line  Shape = "line"
	Words Shape = "words"
	Dot   Shape = "dot"
	Hatch Shape = "hatch" // between two corners, rising to the right
	Cross Shape = "cross" // the same, falling
)

// scale is how many millimetres a unit of the drawing has: it is set a little
// narrower than the text, so that more than one stands on a page.
func (f *Figure) scale() float64 { return (width - left - right) * 0.84 / f.Wide }

// drawing sets a figure, whole on one page.
func (s *setter) drawing(p *part, b Block) {
	f := b.Figure
	if f == nil || f.Wide <= 0 {
		return
	}
	p.alt = b.Text
	scale := f.scale()
	s.y += styles[Drawing].before
	if s.y+f.High*scale > height-bottom && s.y > top {
		s.page()
	}
	s.open(p)
	s.SetDrawColor(40, 40, 40)
	s.SetFillColor(40, 40, 40)
	for _, k := range f.Strokes {
		s.stroke(k, s.y, scale)
	}
	s.SetDashPattern(nil, 0)
	s.shut()
	s.y += f.High * scale
}

func (s *setter) stroke(k Stroke, down, scale float64) {
	x := func(i int) float64 { return left + k.Points[2*i]*scale }
	y := func(i int) float64 { return down + k.Points[2*i+1]*scale }
	n := len(k.Points) / 2
	s.SetLineWidth(max(k.Thick, 0.1))
	if k.Dashed {
		s.SetDashPattern([]float64{1.2, 1.2}, 0)
	} else {
		s.SetDashPattern(nil, 0)
	}
	if k.Pale {
		s.SetDrawColor(190, 190, 190)
		defer s.SetDrawColor(40, 40, 40)
	}
	how := "F"
	if k.Open {
		how = "D"
	}
	switch k.Shape {
	case Line:
		for i := 1; i < n; i++ {
			s.Line(x(i-1), y(i-1), x(i), y(i))
		}
	case Dot:
		s.Circle(x(0), y(0), k.Size*scale, how)
	case Hatch, Cross:
		s.hatch(x(0), y(0), x(1), y(1), k.Shape == Cross)
	case Words:
		text := Shown(k.Text)
		s.SetFont("held", "", k.Size*scale/millimetresInPoint)
		s.Text(x(0)-k.Anchor*s.GetStringWidth(text), y(0), text)
	}
}

// hatch fills a rectangle with slanting lines, and draws its edges.
func (s *setter) hatch(x1, y1, x2, y2 float64, falling bool) {
	const step = 2.2
	x1, x2, y1, y2 = min(x1, x2), max(x1, x2), min(y1, y2), max(y1, y2)
	s.RawWriteStr(fmt.Sprintf("q %.2f %.2f %.2f %.2f re W n\n", x1/millimetresInPoint, (height-y2)/millimetresInPoint, (x2-x1)/millimetresInPoint, (y2-y1)/millimetresInPoint))
	s.SetDrawColor(170, 170, 170)
	s.SetLineWidth(0.12)
	for at := x1 - (y2 - y1); at < x2; at += step {
		if falling {
			s.Line(at, y1, at+(y2-y1), y2)
		} else {
			s.Line(at, y2, at+(y2-y1), y1)
		}
	}
	s.RawWriteStr("Q\n")
	s.SetDrawColor(170, 170, 170)
	s.Rect(x1, y1, x2-x1, y2-y1, "D")
	s.SetDrawColor(40, 40, 40)
}
