package notes

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/people"
	"held/practice/trail"
)

// Bounds of a search: texts are sealed, so that each is opened to be searched.
const (
	SearchNotes   = 400 // the newest notes that are opened
	SearchClients = 100 // of so many clients at most
	SearchHits    = 50  // are shown
	MaxQuery      = 120 // characters
	around        = 70  // characters of the text on each side of what was found
)

// Hit is a note in which all the words of a query are, with a piece of it.
type Hit struct {
	Note
	Piece string
}

// Found is what a search found. Short says that there were more notes than one
// search opens, or more hits than it shows.
type Found struct {
	Hits  []Hit
	Short bool
}

// fold takes case and accents away, letter by letter.
func fold(s string) string {
	strip := func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}
	return strings.Map(strip, norm.NFD.String(s))
}

// Search finds the notes that the actor may read and in which every word of the
// query is: of one client, or (zero) of all on whose care team they are. The look
// stands on the trail of everybody whose notes were opened for it.
func (s *Service) Search(ctx context.Context, client db.ID, query string) (f Found, err error) {
	words := strings.Fields(fold(query))
	if len(words) == 0 {
		return f, fault.Field("q", "Please write what you look for.")
	}
	clients := []db.ID{client}
	if client.IsZero() {
		if clients, f.Short, err = s.caredFor(ctx); err != nil {
			return f, err
		}
	} else if err := seesNotes(ctx, client); err != nil {
		return f, err
	}
	var rows []row
	for _, c := range clients {
		mine, err := s.texts(ctx, c)
		if err != nil {
			return f, err
		}
		rows = append(rows, mine...)
		newestFirst(rows)
		if len(rows) > SearchNotes { // at each turn, so that never more than two clients' lie in memory
			rows, f.Short = rows[:SearchNotes:SearchNotes], true
		}
	}
	return f, s.searchIn(ctx, rows, words, &f)
}

func (s *Service) searchIn(ctx context.Context, rows []row, words []string, f *Found) error {
	seen := map[db.ID]bool{}
	for _, r := range rows {
		if r.mayRead(ctx) != nil {
			continue
		}
		if !seen[r.Client] {
			seen[r.Client] = true
			if err := s.Trail.Saw(ctx, trail.Entry{Subject: r.Client, Kind: "note search", Object: r.Client}); err != nil {
				return err
			}
		}
		text, err := s.open(ctx, s.DB.Reader(), r.field(access.From(ctx).Practice, "body"), r.body)
		if err != nil {
			return err
		}
		piece, ok := matched(text, words)
		switch {
		case !ok:
		case len(f.Hits) == SearchHits:
			f.Short = true
		default:
			if err := s.signedSoFar(ctx, &r); err != nil {
				return err
			}
			f.Hits = append(f.Hits, Hit{r.Note, piece})
		}
	}
	return nil
}

// texts are the newest notes about a client, still sealed, that may be the
// actor's to read.
func (s *Service) texts(ctx context.Context, client db.ID) ([]row, error) {
	a, q := access.From(ctx), s.DB.Reader()
	rows, err := db.All(ctx, q, scanRecord, sqlRecordTexts, a.Practice, client, SearchNotes)
	if err != nil || !access.Can(ctx, access.Read, processOf(client)) {
		return rows, err
	}
	own, err := db.All(ctx, q, scanProcess, sqlProcessTexts, a.Practice, client, a.Person, SearchNotes)
	return append(rows, own...), err
}

// caredFor are the clients on whose care team the actor is.
func (s *Service) caredFor(ctx context.Context) (out []db.ID, short bool, err error) {
	if access.Possible(access.From(ctx), access.Read, access.Bridge) != access.Allow {
		return nil, false, access.Check(ctx, access.Read, access.Resource{Class: access.Bridge})
	}
	all, err := s.People.Cards(ctx)
	if err != nil {
		return nil, false, err
	}
	me := access.From(ctx).Person
	for _, c := range all {
		if !slices.ContainsFunc(c.Team, func(m people.Member) bool { return m.Person == me }) || seesNotes(ctx, c.ID) != nil {
			continue
		}
		if len(out) == SearchClients {
			return out, true, nil
		}
		out = append(out, c.ID)
	}
	return out, false, nil
}

// matched tells whether every word is in a text, and gives the piece around the
// first of them.
func matched(text string, words []string) (string, bool) {
	folded := fold(text)
	for _, w := range words {
		if !strings.Contains(folded, w) {
			return "", false
		}
	}
	return piece(text, words[0]), true
}

// piece is what stands around a word, on one line. Folding may change how long a
// text is, so that the place is sought rune by rune in the text itself.
func piece(text, word string) string {
	runes := []rune(strings.Join(strings.Fields(strings.ReplaceAll(text, headingMark, "")), " "))
	at := 0
	for i := range runes {
		if strings.HasPrefix(fold(string(runes[i:min(len(runes), i+2*len(word)+8)])), word) {
			at = i
			break
		}
	}
	from, to := max(0, at-around), min(len(runes), at+around)
	out := string(runes[from:to])
	if from > 0 {
		out = "… " + out
	}
	if to < len(runes) {
		out += " …"
	}
	return out
}
