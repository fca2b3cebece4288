package invitation

import (
	"strings"
	"testing"

	"golang.org/x/net/html"

	"held/practice/settings"
)

func TestMarkdownComesOutClean(t *testing.T) {
	for _, bad := range []string{
		"<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<a href=\"/\" onclick=\"x()\">x</a>", "<style>p{}</style>", "<iframe src=//evil.example></iframe>",
		"[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x](data:text/html;base64,PHN2Zz4=)", "[x](vbscript:x)", "<javascript:alert(1)>",
		"[x](java&#115;cript:alert(1))", "![x](https://evil.example/x.png)", "![x\" onerror=\"alert(1)](x)", "<div\nonmouseover=x>", "[x]: javascript:alert(1)\n\n[x]",
		"```\n</code></pre><script>x</script>\n```", "[a](/x \"\\\" onclick=x\")", "<b onclick=x>*y*</b>",
	} {
		got, err := read(bad, false)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := html.Parse(strings.NewReader("<body>" + got.Body))
		if err != nil {
			t.Fatal(err)
		}
		walk(doc, func(n *html.Node) {
			switch n.Data {
			case "script", "style", "img", "iframe", "div", "b", "svg", "object":
				t.Errorf("%q lets <%s> through: %s", bad, n.Data, got.Body)
			}
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "src" {
					t.Errorf("%q lets %s= through: %s", bad, a.Key, got.Body)
				}
				if low := strings.ToLower(a.Val); a.Key == "href" && strings.Contains(low, "script:") || strings.HasPrefix(low, "data:") {
					t.Errorf("%q links to %s", bad, a.Val)
				}
			}
		})
	}
}

func TestMarkdownSaysWhatWasMeant(t *testing.T) {
	for in, want := range map[string]string{
		"*a* **b**":                 "<p><em>a</em> <strong>b</strong></p>",
		"1 < 2 & <b>3</b>":          "<p>1 &lt; 2 &amp; &lt;b&gt;3&lt;/b&gt;</p>",
		"# A\n\n## B\n\n### C":      "<h2>A</h2>\n<h3>B</h3>\n<h4>C</h4>",
		"## A\n\n#### B\n\n## C":    "<h2>A</h2>\n<h3>B</h3>\n<h2>C</h2>",
		"#### A":                    "<h2>A</h2>",
		"> # A":                     "<blockquote>\n<p><strong>A</strong></p>\n</blockquote>",
		"![a picture](https://x/y)": "<p>a picture</p>",
		"[Book a time](/book)":      `<p class="actions"><a href="/book" class="button">Book a time</a></p>`,
		"See [this](/book).":        `<p>See <a href="/book">this</a>.</p>`,
		"[x](https://example.org)":  `<p><a href="https://example.org">x</a></p>`,
		"3. c\n4. d":                "<ol start=\"3\">\n<li>c</li>\n<li>d</li>\n</ol>",
	} {
		if got, err := read(in, false); err != nil || strings.TrimSpace(got.Body) != want {
			t.Errorf("%q\n got %s\nwant %s (%v)", in, got.Body, want, err)
		}
	}
}

func TestAPageHasItsHeadingAndItsBeginning(t *testing.T) {
	got, err := read("# Tea \\& *honey*\n\nThe first, with `code` &mdash; and more.\n\n## Next\n\nText.", true)
	if err != nil {
		t.Fatal(err)
	}
	if got.Title != "Tea & honey" || got.Description != "The first, with code — and more." {
		t.Errorf("title %q, description %q", got.Title, got.Description)
	}
	if !strings.HasPrefix(got.Lede, `<p class="lede">The first`) || !strings.HasPrefix(got.Body, "<h2>Next</h2>") {
		t.Errorf("lede %q, body %q", got.Lede, got.Body)
	}
}

func TestValuesOfThePracticeStayPlainText(t *testing.T) {
	p := settings.Practice{Name: "A *b* [c](javascript:x) <i> `d` # &amp;", ReplyHours: "on\nweekdays"}
	got, err := read(p.Fill("# {{practice}}\n\n{{practice}} reads {{reply_hours}}."), true)
	if err != nil {
		t.Fatal(err)
	}
	if got.Title != p.Name {
		t.Errorf("title %q", got.Title)
	}
	if strings.Contains(got.Lede, "<em>") || strings.Contains(got.Lede, "<a") || !strings.Contains(got.Lede, "reads on weekdays.") {
		t.Errorf("lede %q", got.Lede)
	}
}

func TestTheWordsThatCameWithHeldReadWell(t *testing.T) {
	for _, w := range settings.WordPages {
		got, err := read(settings.Practice{Name: "P"}.Fill(w.Default()), true)
		if err != nil || got.Title == "" || got.Lede == "" || got.Description == "" {
			t.Errorf("%s: %+v (%v)", w.Key, got, err)
		}
	}
}

func TestSlugs(t *testing.T) {
	for in, want := range map[string]string{
		"Weariness is not a failure": "weariness-is-not-a-failure", "  Über das Müdesein! ": "uber-das-mudesein", "Don't — really": "dont-really",
		"日本": "", "--a--b--": "a-b", strings.Repeat("long ", 40): strings.TrimSuffix(strings.Repeat("long-", 16), "-"),
	} {
		if got := slugOf(in); got != want || slugOf(got) != got {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}
