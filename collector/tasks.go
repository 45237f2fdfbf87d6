package collector

import (
	"encoding/xml"
	"io/fs"
	"path"
	"strings"

	"github.com/patchmedic/patchmedic/facts"
)

// taskFolders are those of the update system, below \Microsoft\Windows, each with
// the one task that matters, or all of its tasks.
var taskFolders = []struct{ folder, only string }{
	{"Servicing", "StartComponentCleanup"}, {"UpdateOrchestrator", ""}, {"WaaSMedic", ""}, {"WindowsUpdate", ""},
}

const (
	taskCache = ntVersion + `\Schedule\TaskCache`
	maxTasks  = 60
)

// task is a scheduled task as the registry has it: an entry in the tree of names,
// which points to one in the list of tasks. Its settings are in a file.
type task struct {
	folder, name string
	listed       answer
}

// tasks reads the tasks of the update system.
func (r *registry) tasks() []task {
	var out []task
	for _, f := range taskFolders {
		r.each(taskCache+`\Tree\Microsoft\Windows\`+f.folder, func(key Key) {
			if f.only != "" && !strings.EqualFold(key.Name(), f.only) || len(out) == maxTasks {
				return
			}
			t := task{folder: f.folder, name: key.Name()}
			v, err := key.Value("Id")
			if r.judge(key.Name()+`\Id`, err) != found {
				return // of a task that is not readable; or it is a folder
			}
			if id, ok := v.Text(); ok && id != "" {
				_, t.listed = r.key(taskCache + `\Tasks\` + id)
			}
			out = append(out, t)
		})
	}
	return out
}

// readTasks compares the tasks of the registry with their files. One without its
// counterpart cannot run. A copy of a volume lacks the folders that only
// administrators may read: that a file is not there counts only beside another.
func (g *gathering) readTasks() {
	if len(g.found.tasks) == 0 || place(g.found.tasks[0]) == 2 {
		return
	}
	root := g.found.tasks[0]
	var out []facts.Task
	for _, f := range taskFolders {
		files, folder, err := g.taskFiles(root, f.folder)
		if err != nil {
			g.fault("tasks:"+f.folder, reason(err))
			continue
		}
		for _, t := range g.noted.tasks {
			if t.folder != f.folder {
				continue
			}
			if state := g.taskState(t, folder, files); state != "" {
				out = append(out, facts.Task{Path: facts.Some(`\Microsoft\Windows\` + t.folder + `\` + t.name), State: facts.Some(state)})
			}
		}
	}
	g.report.Tasks = list(out)
}

// taskFiles lists a folder's files by their names in lower case, and where it is.
// One that is not there has none.
func (g *gathering) taskFiles(root, folder string) (map[string]string, string, error) {
	files := map[string]string{}
	for _, part := range []string{"microsoft", "windows", strings.ToLower(folder), ""} {
		entries, err := fs.ReadDir(g.src, root)
		if err != nil {
			return nil, "", err
		}
		at := ""
		for _, e := range entries {
			switch {
			case part == "" && e.Type().IsRegular():
				files[strings.ToLower(e.Name())] = e.Name()
			case e.IsDir() && strings.ToLower(e.Name()) == part:
				at = e.Name()
			}
		}
		if part == "" || at == "" {
			break
		}
		root = path.Join(root, at)
	}
	return files, root, nil
}

// taskState is the state of a task, "" where it is not known.
func (g *gathering) taskState(t task, folder string, files map[string]string) string {
	file, there := files[strings.ToLower(t.name)]
	switch {
	case t.listed == unknown:
		return ""
	case t.listed == missing:
		return "damaged"
	case !there && len(files) > 0:
		return "damaged"
	case !there:
		return ""
	}
	d, err := openXML(g.src, path.Join(folder, file))
	if err != nil {
		g.fault("tasks:"+t.folder, reason(err))
		return ""
	}
	var definition struct {
		XMLName xml.Name `xml:"Task"`
		Enabled string   `xml:"Settings>Enabled"`
	}
	switch err := d.Decode(&definition); {
	case err != nil: // it could be read, and is no definition
		return "damaged"
	case strings.EqualFold(strings.TrimSpace(definition.Enabled), "false"):
		return "disabled"
	}
	return "ready" // enabled unless it says otherwise
}
