package assets

import (
	"embed"
	"strings"
)

//go:embed svg/room.svg svg/lamp.svg svg/chair.svg svg/letter.svg
var drawings embed.FS

// Drawing is one of the line drawings ("room", "lamp", "chair", "letter") as SVG
// to stand inside a page, where it takes the page's ink and light. It is "" for an
// unknown name.
func Drawing(name string) string {
	b, err := drawings.ReadFile("svg/" + name + ".svg")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}
