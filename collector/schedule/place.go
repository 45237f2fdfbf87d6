package schedule

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/patchmedic/patchmedic/collector/private"
)

// Why there is no [Place].
var (
	ErrElsewhere = errors.New("only Windows has its Task Scheduler: use cron or systemd with the same flags")
	ErrRights    = errors.New("a task of the system takes an administrator's rights: start again as administrator")
)

// name is the task's.
const name = "patchmedic-collect"

// Place is where the program, its settings and its task are on this machine.
type Place struct {
	program string // folder of the program and its settings
	data    string // folder that its runs keep reports in
	// tasks runs schtasks.exe. Only its exit code counts, since it talks in the
	// language of Windows.
	tasks func(arguments ...string) error
}

func (p *Place) file() string     { return filepath.Join(p.program, "patchmedic-collect.exe") }
func (p *Place) settings() string { return filepath.Join(p.program, "patchmedic-collect.env") }
func (p *Place) form() string     { return filepath.Join(p.program, "task.xml") }

// Authority is where the certificates will be that [Place.Install] is given.
func (p *Place) Authority() string { return filepath.Join(p.program, "authority.pem") }

// Folder is the program's.
func (p *Place) Folder() string { return p.program }

// Install copies the program, writes its settings and the certificates it is to
// trust (nil for none), and registers the task, in place of one that is there.
// The task comes last: it never runs what is not there. When something fails on
// a machine that had none, what was put down is taken away again; one that had
// one keeps it.
func (p *Place) Install(program string, settings, authority []byte) error {
	_, err := os.Stat(p.settings())
	fresh := errors.Is(err, os.ErrNotExist)
	p.end()
	if err := p.install(program, settings, authority); err != nil {
		if fresh {
			err = errors.Join(err, p.clear())
		}
		return err
	}
	return nil
}

func (p *Place) install(program string, settings, authority []byte) error {
	if err := os.MkdirAll(p.program, 0o755); err != nil {
		return err
	}
	if err := p.copy(program); err != nil {
		return fmt.Errorf("copy the program: %w", err)
	}
	if authority != nil {
		if err := private.WriteFile(p.Authority(), authority); err != nil {
			return err
		}
	}
	if err := private.WriteFile(p.settings(), settings); err != nil {
		return err
	}
	if authority == nil {
		if err := gone(p.Authority()); err != nil {
			return err
		}
	}
	if err := private.WriteFile(p.form(), task(p.file(), p.settings())); err != nil {
		return err
	}
	return errors.Join(p.tasks("/Create", "/TN", name, "/XML", p.form(), "/F"), gone(p.form()))
}

// end stops a run, which would hold its file.
func (p *Place) end() {
	_ = p.tasks("/End", "/TN", name) // fails where none runs
}

// copy puts the program in its place. One that still runs there makes room by
// its name: Windows renames what it does not replace.
func (p *Place) copy(program string) error {
	from, err := os.Open(program)
	if err != nil {
		return err
	}
	defer from.Close()
	here, err := from.Stat()
	if err != nil {
		return err
	}
	if there, err := os.Stat(p.file()); err == nil && os.SameFile(here, there) {
		return nil
	}
	half, old := p.file()+".new", p.file()+".old"
	if err := write(half, from); err != nil {
		return errors.Join(err, gone(half))
	}
	if err := os.Rename(p.file(), old); err != nil && !errors.Is(err, os.ErrNotExist) {
		return errors.Join(err, gone(half))
	}
	if err := os.Rename(half, p.file()); err != nil {
		return errors.Join(err, os.Rename(old, p.file()))
	}
	_ = gone(old) // the next installation or removal takes it
	return nil
}

func write(name string, from io.Reader) error {
	to, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	return errors.Join(err, to.Sync(), to.Close())
}

// Remove takes away the task, the program, its settings, and the reports that
// its runs kept. aside is where the program is when it is the one that runs,
// which Windows does not delete; "" when it is gone.
func (p *Place) Remove(running string) (aside string, err error) {
	p.end()
	if p.tasks("/Query", "/TN", name) == nil {
		if err := p.tasks("/Delete", "/TN", name, "/F"); err != nil {
			return "", err
		}
	}
	if same(running, p.file()) {
		aside = filepath.Join(os.TempDir(), fmt.Sprintf("patchmedic-collect-removed-%d.exe", os.Getpid()))
		if err := os.Rename(p.file(), aside); err != nil {
			return "", err
		}
	}
	return aside, errors.Join(p.clear(), os.RemoveAll(p.data))
}

// clear removes what Install put down, and nothing that others put there.
func (p *Place) clear() error {
	var faults []error
	for _, file := range []string{p.settings(), p.settings() + ".new", p.Authority(), p.form(), p.file(), p.file() + ".new", p.file() + ".old"} {
		faults = append(faults, gone(file))
	}
	return errors.Join(append(faults, gone(p.program))...)
}

// gone removes a file that may be there.
func gone(name string) error {
	if err := os.Remove(name); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

func same(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}
