package kb

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/patchmedic/patchmedic/facts"
)

// releaseColumns are what a table of updates may have; a list within a cell is
// separated by semicolons.
var releaseColumns = []string{"kb", "product", "version", "build", "revision", "released", "kind", "supersedes", "withdrawn"}

// ReadReleases reads updates from CSV whose first line names its columns, in any
// order: kb, product, version, build, revision, released, kind, supersedes,
// withdrawn. Product, version, build and kind are required; an empty cell is
// not known. Every faulty line is named.
func ReadReleases(r io.Reader) ([]Release, error) {
	table := csv.NewReader(r)
	table.TrimLeadingSpace = true
	head, err := table.Read()
	if err != nil {
		return nil, fmt.Errorf("the first line must name the columns %s: %w", strings.Join(releaseColumns, ","), err)
	}
	for i, name := range head {
		head[i] = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))
		if !slices.Contains(releaseColumns, head[i]) {
			return nil, fmt.Errorf("unknown column %q: the columns are %s", name, strings.Join(releaseColumns, ","))
		}
	}
	var out []Release
	var faults []error
	for {
		cells, err := table.Read()
		if errors.Is(err, io.EOF) {
			return out, errors.Join(faults...)
		}
		if err != nil {
			return nil, err
		}
		line, _ := table.FieldPos(0)
		rel, err := release(head, cells)
		if err != nil {
			faults = append(faults, fmt.Errorf("line %d: %w", line, err))
			continue
		}
		out = append(out, rel)
	}
}

func release(head, cells []string) (Release, error) {
	var rel Release
	var faults []error
	for i, name := range head {
		if value := strings.TrimSpace(cells[i]); value != "" {
			if err := rel.set(name, value); err != nil {
				faults = append(faults, fmt.Errorf("%s: %w", name, err))
			}
		}
	}
	if len(faults) == 0 && (len(rel.Product) == 0 || len(rel.Version) == 0 || rel.Build == 0 || rel.Kind == "") {
		faults = append(faults, errors.New("product, version, build and kind are required"))
	}
	return rel, errors.Join(faults...)
}

func (rel *Release) set(column, value string) (err error) {
	switch column {
	case "kb":
		rel.KB, err = facts.ParseKB(value)
	case "supersedes":
		rel.Supersedes, err = facts.ParseKB(value)
	case "product":
		rel.Product = cellList(value)
	case "version":
		rel.Version = cellList(value)
	case "build":
		rel.Build, err = number(value)
	case "revision":
		rel.Revision, err = number(value)
	case "released":
		err = rel.Released.UnmarshalText([]byte(value))
	case "kind":
		rel.Kind = value
	case "withdrawn":
		rel.Withdrawn, err = strconv.ParseBool(value)
	}
	return err
}

func number(value string) (int64, error) {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n <= 0 {
		return 0, fmt.Errorf("%q is not a number: write it as in 26100", value)
	}
	return n, nil
}

func cellList(value string) []string {
	var out []string
	for part := range strings.SplitSeq(value, ";") {
		out = append(out, strings.TrimSpace(part))
	}
	return out
}

// releasesHead is the line after which only rows stand.
const releasesHead = "releases:\n"

// AddReleases returns the text of a releases file with more updates in it, and
// how many of them are new. What stands before the rows is kept as it is. An
// update that is there already must say the same.
func AddReleases(file string, more []Release) (string, int, error) {
	at := strings.Index(file, "\n"+releasesHead)
	if at < 0 {
		return "", 0, fmt.Errorf("the file has no line %q", strings.TrimSpace(releasesHead))
	}
	var r Releases
	if err := yaml.Unmarshal([]byte(file), &r); err != nil {
		return "", 0, err
	}
	before := len(r.Releases)
	var faults []error
	for _, rel := range more {
		if err := r.add(rel); err != nil {
			faults = append(faults, err)
		}
	}
	slices.SortStableFunc(r.Releases, func(a, b Release) int {
		return cmp.Or(cmp.Compare(a.Build, b.Build), cmp.Compare(a.Released, b.Released), cmp.Compare(a.Revision, b.Revision))
	})
	faults = append(faults, r.contradictions()...)
	if len(faults) > 0 {
		return "", 0, errors.Join(faults...)
	}
	var out strings.Builder
	out.WriteString(file[:at+1] + releasesHead)
	for _, rel := range r.Releases {
		out.WriteString(rel.row())
	}
	return out.String(), len(r.Releases) - before, nil
}

// add takes an update in: as a version more of a row when a build that shares
// its updates has it already, as a row otherwise.
func (r *Releases) add(rel Release) error {
	rel.Train = r.train(rel)
	for i := range r.Releases {
		old := &r.Releases[i]
		if old.KB != rel.KB || !r.sameBuild(old.Build, rel.Build) || old.Train != rel.Train || rel.KB == 0 && old.Build != rel.Build {
			continue
		}
		if old.Revision != rel.Revision || old.Kind != rel.Kind {
			return fmt.Errorf("%s brings %d.%d (%s) here, and %d.%d (%s) in the file: correct one of them",
				rel.KB, rel.Build, rel.Revision, rel.Kind, old.Build, old.Revision, old.Kind)
		}
		old.Product, old.Version = union(old.Product, rel.Product), union(old.Version, rel.Version)
		old.Build, old.Released = min(old.Build, rel.Build), cmp.Or(old.Released, rel.Released)
		old.Supersedes, old.Withdrawn = cmp.Or(old.Supersedes, rel.Supersedes), old.Withdrawn || rel.Withdrawn
		return nil
	}
	r.Releases = append(r.Releases, rel)
	return nil
}

func union(a, b []string) []string {
	for _, s := range b {
		if !slices.Contains(a, s) {
			a = append(a, s)
		}
	}
	return a
}

// train tells client from server where a build's revisions have parted.
func (r *Releases) train(rel Release) string {
	for _, t := range r.Trains {
		if !r.sameBuild(t.Build, rel.Build) || rel.Released < t.Since || rel.Revision == 0 {
			continue
		}
		if slices.ContainsFunc(rel.Product, func(p string) bool { return strings.Contains(p, "Server") }) {
			return "server"
		}
		return "client"
	}
	return ""
}

// contradictions holds that within a build and train revisions grow with time.
// Hotpatches stay below the month they belong to and are held to nothing.
func (r *Releases) contradictions() []error {
	type line struct {
		build int64
		train string
	}
	var out []error
	last := map[line]Release{}
	for _, rel := range r.Releases {
		if rel.Kind == "hotpatch" || rel.Revision == 0 || rel.Released == "" {
			continue
		}
		at := line{rel.Build, rel.Train}
		if before, ok := last[at]; ok && before.Revision > rel.Revision {
			out = append(out, fmt.Errorf("%s of %s brings %d.%d, below %d of %s (%s): check date and revision",
				cmp.Or(rel.KB.String(), rel.Kind), rel.Released, rel.Build, rel.Revision, before.Revision, before.Released, before.KB))
		}
		last[at] = rel
	}
	return out
}

// row is the update as one line of YAML.
func (rel Release) row() string {
	var b strings.Builder
	b.WriteString("  - {")
	if rel.KB != 0 {
		fmt.Fprintf(&b, "kb: %s, ", rel.KB)
	}
	fmt.Fprintf(&b, "product: [%s], version: [%s], build: %d", strings.Join(rel.Product, ", "), quoteNumbers(rel.Version), rel.Build)
	if rel.Revision != 0 {
		fmt.Fprintf(&b, ", revision: %d", rel.Revision)
	}
	if rel.Released != "" {
		fmt.Fprintf(&b, ", released: %s", rel.Released)
	}
	fmt.Fprintf(&b, ", kind: %s", rel.Kind)
	if rel.Supersedes != 0 {
		fmt.Fprintf(&b, ", supersedes: %s", rel.Supersedes)
	}
	if rel.Withdrawn {
		b.WriteString(", withdrawn: true")
	}
	if rel.Train != "" {
		fmt.Fprintf(&b, ", train: %s", rel.Train)
	}
	return b.String() + "}\n"
}

// quoteNumbers keeps YAML from reading version 1607 as a number.
func quoteNumbers(versions []string) string {
	out := make([]string, len(versions))
	for i, v := range versions {
		out[i] = v
		if _, err := strconv.Atoi(v); err == nil {
			out[i] = "'" + v + "'"
		}
	}
	return strings.Join(out, ", ")
}
