package archtest

import (
	"path"
	"strings"
	"testing"
)

// layer is one of our packages and what it may import of the others.
type layer struct {
	// because says why it imports nothing else: the reason of every ban.
	because string
	// may gives each permitted import and its reason.
	may map[string]string
}

// layers has every package of the module. Tests are free to import what they
// exercise; programs (cmd/...) may import any package and nothing imports them.
var layers = map[string]layer{
	"facts/errcode": {because: "codes are decoded from tables by every other package, and the collector carries them: a leaf"},
	"facts": {
		because: "the words of a machine's report know neither articles nor services; the collector on a failing machine links them",
		may:     map[string]string{"facts/errcode": "a report holds codes"},
	},
	"facts/servicing": {
		because: "reads logs into facts and knows no articles; the collector links it",
		may: map[string]string{
			"facts":         "what logs are turned into",
			"facts/errcode": "a line's code",
			"facts/cabinet": "older logs are packed",
		},
	},
	"facts/cabinet":             {because: "unpacks a file format of Windows and knows nothing of what is in it; the collector links it"},
	"facts/cabinet/cabinettest": {because: "makes cabinets for tests, without the reader that is tested with them"},
	"facts/bundle":              {because: "opens a stranger's zip and knows nothing of what is in it; the collector links it"},
	"kb/signal": {
		because: "a condition is decided by the report alone; kb is what names conditions",
		may:     map[string]string{"facts": "conditions read a report"},
	},
	"kb": {
		because: "content is loaded and linted before there is an advisor, an index or a service, by editors without them too",
		may: map[string]string{
			"facts":         "articles name codes, updates and actions in the words of a report",
			"facts/errcode": "the lint holds prose against the tables",
			"kb/signal":     "a signal is a condition with a text",
		},
	},
	"kb/audit": {
		because: "checks the content as a whole, for authors and the gate; a service that starts does without",
		may: map[string]string{
			"facts":     "cases are reports, and codes are found in prose",
			"kb":        "what is checked",
			"kb/signal": "conditions are compared, and questions tried",
		},
	},
	"content": {because: "files and nothing else: whoever takes them decides what they mean"},
	"advisor": {
		because: "pure: the same library and report give the same advice, without an index, a clock or a network",
		may: map[string]string{
			"facts":         "an advice follows from a report",
			"facts/errcode": "it names the codes",
			"kb":            "and from what people wrote",
			"kb/signal":     "conditions are decided for the case",
		},
	},
	"proof": {
		because: "pure: what came of a remedy follows from reports, whoever proposed it and wherever trials are stored",
		may: map[string]string{
			"facts":     "later reports show what came of it",
			"kb":        "which build an update brings, and what an article wants verified",
			"kb/signal": "answers are kept in three values",
		},
	},
	"search": {
		because: "finding is apart from judging: an advice must be given when the index is damaged",
		may: map[string]string{
			"facts":         "a query holds codes and updates",
			"facts/errcode": "in any spelling",
			"kb":            "articles are what is found",
		},
	},
	"store": {because: "records and an interface: what they mean is decided by who keeps them"},
	"store/storetest": {
		because: "says what a store is, whichever it is: each implementation's tests import it",
		may:     map[string]string{"store": "what is held to"},
	},
	"store/bolt": {
		because: "keeps records and knows nothing of what they say",
		may:     map[string]string{"store": "the interface that it is"},
	},
	"internal/access": {
		because: "who may do what does not depend on what is done: the service and the command line ask it alike",
		may:     map[string]string{"store": "tokens are records, and who did what is one"},
	},
	"internal/edition": {
		because: "it keeps library, advisor and index in step and knows nothing of who asks",
		may: map[string]string{
			"facts": "hints come from a report", "kb": "the library", "advisor": "made of it", "search": "its index",
		},
	},
	"internal/cases": {
		because: "a use case is the same for the API, the command line, the portal and the chatbot: it knows none of them",
		may: map[string]string{
			"facts": "reports come in", "facts/errcode": "codes come in", "kb": "articles go out", "advisor": "advice goes out",
			"search": "queries come in, hits go out", "facts/servicing": "logs come in", "internal/edition": "one edition is taken for one answer",
			"store": "reports, trials, votes and edits are kept", "proof": "and judged by what comes later",
		},
	},
	"docs/openapi": {because: "a file, embedded"},
	"api": {
		because: "HTTP only: what it does stands in cases, and the wiring in cmd; it never reaches past a case to the advisor, the edition or the content",
		may: map[string]string{
			"internal/access": "who calls, and what they may",
			"internal/cases":  "each handler is one case",
			"facts":           "its faults become a problem's errors",
			"facts/errcode":   "a code in a path, and what a decoded code is made of",
			"facts/bundle":    "an upload of several logs",
			"facts/servicing": "what a log says beside its facts",
			"kb":              "articles, remedies and languages that cases return, turned into wire types",
			"proof":           "what came of remedies, that cases return",
			"search":          "the query that a case takes and the hits that it returns",
			"store":           "the records that the wiring hands to cases, and what they are not found by",
			"docs/openapi":    "served to clients",
		},
	},
	"collector/hive":                  {because: "reads a file format of Windows and knows no facts, so that it can be tested and replaced alone"},
	"collector/eventlog":              {because: "reads a file format of Windows and knows no facts, so that it can be tested and replaced alone"},
	"collector/hive/hivetest":         {because: "makes hives for tests, by other rules than the reader that is tested with them"},
	"collector/eventlog/eventlogtest": {because: "makes event logs for tests, by other rules than the reader that is tested with them"},
	"collector/hosttest": {
		because: "makes the files of a machine for tests, whoever reads them",
		may: map[string]string{
			"collector/hive/hivetest":         "its registry is written as text",
			"collector/eventlog/eventlogtest": "and so are its events",
		},
	},
	"collector": {
		because: "it runs on failing machines and knows neither articles nor services; what it finds is judged elsewhere",
		may: map[string]string{
			"facts": "what files are turned into", "facts/errcode": "codes in values of the registry", "facts/servicing": "reads the logs",
			"facts/bundle": "opens a zip of unknown origin", "collector/hive": "the registry", "collector/eventlog": "the event logs",
		},
	},
	"collector/sysproxy": {because: "it finds the way out, whoever takes it: a leaf"},
	"collector/delivery": {
		because: "it carries bytes to a service, whatever they say",
		may:     map[string]string{"collector/sysproxy": "the way to the service"},
	},
	"collector/winhost": {
		because: "it calls Windows and decides nothing, so that all that is decided is tested without one",
		may: map[string]string{
			"collector": "the questions, and the answers", "collector/hive": "a value of the registry", "collector/eventlog": "an event",
		},
	},
	"collector/private": {because: "who may read a file does not depend on what is in it: a leaf"},
	"collector/schedule": {
		because: "it makes a machine run a program, whatever that does and whatever stands in its settings",
		may:     map[string]string{"collector/private": "the settings hold a token"},
	},
	"facts/errcode/internal/gen": {because: "makes the tables that errcode embeds: it cannot need them"},
	"docs/internal/schema": {
		because: "schemas are made of the types that decode, and of nothing that serves",
		may:     map[string]string{"facts": "the schema of a report", "kb": "the schemas of content", "kb/audit": "the schema of a case", "kb/signal": "the schema of a condition"},
	},
	"docs/internal/openapi": {
		because: "the description of the API is made of its comments, read as text",
		may:     map[string]string{"docs/internal/schema": "a report's schema stands in it", "facts": "and the name of that schema"},
	},
	"internal/archtest": {because: "it reads the packages as text"},
}

func TestImportDirections(t *testing.T) {
	for _, file := range source(t) {
		if file.test || strings.HasPrefix(file.pkg, "cmd/") {
			continue
		}
		this, known := layers[file.pkg]
		if !known {
			t.Errorf("%s: package %s is not in layers: add it with what it may import, and why", file.name, file.pkg)
			continue
		}
		for _, imported := range file.ours {
			if _, ok := this.may[imported]; !ok {
				t.Errorf("%s imports %s: %s", file.name, imported, this.because)
			}
		}
	}
}

// TestLayers holds the table itself: packages that exist, reasons, no circles,
// and no program imported.
func TestLayers(t *testing.T) {
	exists := map[string]bool{}
	for _, file := range source(t) {
		exists[file.pkg] = true
	}
	for name, this := range layers {
		if !exists[name] {
			t.Errorf("layers has %s, which is no package", name)
		}
		if this.because == "" {
			t.Errorf("%s has no reason", name)
		}
		for to, why := range this.may {
			if _, ok := layers[to]; !ok || why == "" {
				t.Errorf("%s may import %s: no such layer, or no reason", name, to)
			}
			if reaches(to, name, nil) {
				t.Errorf("%s may import %s and the other way round", name, to)
			}
		}
	}
}

func reaches(from, to string, seen map[string]bool) bool {
	if from == to {
		return true
	}
	if seen == nil {
		seen = map[string]bool{}
	}
	seen[from] = true
	for next := range layers[from].may {
		if !seen[next] && reaches(next, to, seen) {
			return true
		}
	}
	return false
}

// home is where a third-party library may be imported.
type home struct {
	library string // an import path or the beginning of one
	in      string // patterns of our packages, separated by spaces
	because string
}

// tests stands for the tests of any package.
const tests = "tests"

// homes has every third-party library that we import.
var homes = []home{
	{"github.com/blevesearch/", "search", "the index is a cache behind a small interface: another engine must cost one package"},
	{"go.etcd.io/bbolt", "search store/bolt", "the file of records; in search only to tell a locked index from a damaged one"},
	{"github.com/klauspost/compress/s2", "store/bolt", "reports lie compressed, in less time than it takes to write what that saves"},
	{"github.com/klauspost/compress/zstd", "store/bolt api", "reports and backups are large texts and travel compressed"},
	{"github.com/yuin/goldmark", "kb", "prose is rendered and sanitised in one place"},
	{"github.com/microcosm-cc/bluemonday", "kb", "prose is rendered and sanitised in one place"},
	{"go.yaml.in/yaml/v3", "kb kb/signal kb/audit docs/internal/schema tests", "what people write is decoded strictly, in one place; the wire is JSON"},
	{"github.com/gin-gonic/gin", "api", "HTTP stays in the API"},
	{"github.com/prometheus/", "api", "metrics are of requests"},
	{"github.com/go-ole/go-ole", "collector/winhost", "objects of Windows are asked in one place, and released there"},
	{"golang.org/x/time", "api", "how often a caller may ask"},
	{"github.com/alecthomas/kong", "cmd/patchmedic", "flags belong to programs; the collector would become 2 MB larger"},
	{"golang.org/x/sys", "cmd/* collector/winhost collector/sysproxy collector/private collector/schedule", "what only a system can be asked: its state, locks, language, browser, proxy, folders, and who may read a file"},
	{"golang.org/x/tools", "facts/errcode/internal/gen docs/internal/* tests", "tools"},
	{"github.com/go-json-experiment/json", "facts", "faults with JSON pointers need a decoder of tokens; elsewhere encoding/json does"},
	{"github.com/getkin/kin-openapi", "docs/internal/openapi tests", "makes and checks the description of the API; the service only serves the file"},
	{"github.com/invopop/jsonschema", "docs/internal/schema tests", "a generator"},
	{"github.com/santhosh-tekuri/jsonschema/", "tests", "checks examples against our schemas"},
	{"github.com/swaggo/", "", "a tool with a module of its own, in tools/: its output is committed"},
	{"github.com/google/go-cmp", "tests store/storetest", "panics by design"},
	{"github.com/rogpeppe/go-internal", "tests", "scripts and archives of test cases"},
	{"pgregory.net/rapid", "tests store/storetest", "properties"},
	{"go.uber.org/goleak", "tests", "leaks"},
}

func TestLibrariesAtHome(t *testing.T) {
	for _, file := range source(t) {
		for _, library := range file.theirs {
			h, known := homeOf(library)
			switch {
			case !known:
				t.Errorf("%s imports %s, which is not in homes: add it with where it may be imported, and why", file.name, library)
			case !h.holds(file):
				t.Errorf("%s imports %s, which lives in %q: %s", file.name, library, h.in, h.because)
			}
		}
	}
}

func homeOf(library string) (home, bool) {
	for _, h := range homes {
		rest, ok := strings.CutPrefix(library, h.library)
		if ok && (rest == "" || rest[0] == '/' || strings.HasSuffix(h.library, "/")) {
			return h, true
		}
	}
	return home{}, false
}

// holds reports whether a file may import the library. The tests of a package
// may use what its code may.
func (h home) holds(f goFile) bool {
	for pattern := range strings.FieldsSeq(h.in) {
		if ok, err := path.Match(pattern, f.pkg); err == nil && ok || f.test && pattern == tests {
			return true
		}
	}
	return false
}
