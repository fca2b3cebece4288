// Command held is the practice's whole house in one program.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // zones are part of the program, not of the machine

	"held/internal/fault"
)

// command is one verb of the program.
type command struct {
	name, args, about string
	run               func(ctx context.Context, e *env, args []string) error
}

// commands is filled by init: each command's help looks itself up in it.
var commands []command

func init() {
	commands = []command{
		{"serve", "", "answer on HELD_LISTEN and do the background work", serve},
		{"demo", "", "start an invented practice that forgets everything, to look around", demonstrate},
		{"init", "", "found a practice: key file, database, owner", initialise},
		{"migrate", "", "bring the database up to this version", migrateSchema},
		{"doctor", "", "say in plain words how the set-up stands", doctor},
		{"sign-in-link", "EMAIL", "print one single-use sign-in link; an app's code is still asked", signInLink},
		{"person add", "", "add a person with roles", personAdd},
		{"person reset-second", "EMAIL", "take passkeys, app and recovery codes out of a sign-in that lost them", personReset},
		{"trail verify", "", "prove that nobody has changed the trail, or name the first place", trailVerify},
		{"trail anchor", "", "print a signed mark of the trail, to be kept elsewhere", trailAnchor},
		{"consent verify", "[ID]", "prove what was signed, or a file of records, or name what does not hold", consentVerify},
		{"session verify", "[ID]", "prove what was signed of medicine sessions, or a record of one, or name what does not hold", sessionVerify},
		{"backup identity", "FILE", "make an age identity for backups and print its recipient", backupIdentity},
		{"backup", "", "make a backup while serving, encrypted to HELD_BACKUP_RECIPIENTS", makeBackup},
		{"restore", "FILE|NAME|newest", "bring a practice back from a backup", restore},
		{"drill", "[NAME]", "prove that the newest backup opens", drill},
		{"export", "", "take the whole practice along in open formats, while serving", export},
		{"import", "FILE", "bring an exported practice into this Held, which must be new", importPractice},
		{"protocol example", "", "print a protocol made of published examples, marked unsigned", protocolExample},
		{"protocol evaluate", "", "read one case on standard input by a protocol and say what follows", protocolEvaluate},
		{"measures list", "", "print the instruments that come with Held", measuresList},
		{"measures score", "ID", "read {\"answers\":[…]} from standard input, print what they come to", measuresScore},
		{"measures questionnaire", "ID", "print an instrument as a FHIR R4 Questionnaire", measuresQuestionnaire},
		{"rotate", "", "give the practice new keys while serving", rotate},
		{"version", "", "print the version", printVersion},
	}
}

// version is set when the program is built.
var version = "unreleased"

// env is what a command may touch of the world around it.
type env struct {
	in       io.Reader
	out, err io.Writer
	getenv   func(string) string
	names    []string // of everything in the environment
	root     bool     // the program runs as the machine's administrator
}

// misuse is wrong use of a command: exit 2.
type misuse struct{ sentence string }

func (m misuse) Error() string { return m.sentence }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	keepToItself()
	os.Exit(run(ctx, &env{in: os.Stdin, out: os.Stdout, err: os.Stderr, getenv: os.Getenv, names: namesOf(os.Environ()), root: os.Geteuid() == 0}, os.Args[1:])) // stop has nothing left to do
}

// run is main without the process: 0 done, 1 could not, 2 wrong use.
func run(ctx context.Context, e *env, args []string) int {
	if len(args) == 0 || args[0] == "help" || args[0] == "--help" || args[0] == "-h" {
		usage(e.out)
		if len(args) == 0 {
			return 2
		}
		return 0
	}
	if args[0] == "--version" { // what people try first
		args = append([]string{"version"}, args[1:]...)
	}
	c, rest := find(args)
	if c == nil {
		fmt.Fprintf(e.err, "held: there is no command %q%s. `held help` lists them.\n", args[0], longer(args[0]))
		return 2
	}
	err := c.run(ctx, e, rest)
	var wrong misuse
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.As(err, &wrong):
		fmt.Fprintf(e.err, "held %s: %s\n", c.name, wrong.sentence)
		return 2
	}
	fmt.Fprintf(e.err, "held %s: %s\n", c.name, sentence(err))
	return 1
}

// sentence is an error for the terminal: a refusal's fields in its own words.
func sentence(err error) string {
	var f *fault.Error
	if errors.As(err, &f) && len(f.Fields) > 0 {
		return fieldSentences(err)
	}
	return err.Error()
}

func find(args []string) (*command, []string) {
	for i := range commands {
		words := strings.Fields(commands[i].name)
		if len(args) >= len(words) && strings.Join(args[:len(words)], " ") == commands[i].name {
			return &commands[i], args[len(words):]
		}
	}
	return nil, nil
}

// longer names the commands that begin with a word.
func longer(word string) string {
	var out []string
	for _, c := range commands {
		if strings.HasPrefix(c.name, word+" ") {
			out = append(out, "`held "+c.name+"`")
		}
	}
	if len(out) == 0 {
		return ""
	}
	return " by itself; there is " + strings.Join(out, " and ")
}

func usage(w io.Writer) {
	fmt.Fprintf(w, "held %s: the software of a practice\n\n", version)
	for _, c := range commands {
		fmt.Fprintf(w, "  held %-27s %s\n", strings.TrimSpace(c.name+" "+c.args), c.about)
	}
	fmt.Fprint(w, "\nEach command says more with --help. Settings come from the environment, from\nheld.toml, or from flags of the same names:\n\n")
	for _, s := range new(config).settings() {
		fmt.Fprintf(w, "  %-22s %s\n", s.env, s.about)
	}
	fmt.Fprint(w, "\nA password belongs into the environment or into a file that HELD_DATABASE_FILE,\nHELD_SMTP_FILE or HELD_BACKUP_TO_FILE names, not into a flag, which others on the machine can read.\n")
}

func printVersion(_ context.Context, e *env, args []string) error {
	fs := flags(e, "version", "")
	if err := parse(fs, args, 0); err != nil {
		return err
	}
	_, err := fmt.Fprintln(e.out, "held", version)
	return err
}
