package collector

import (
	"context"
	"io/fs"
	"time"

	"github.com/patchmedic/patchmedic/collector/eventlog"
)

// Windows is a Windows that runs. Each method asks it one thing, may take long,
// and says what Windows says: what follows from it is decided here. A method that
// cannot be carried out returns an error that names the call, of which
// errors.Is(err, fs.ErrPermission) tells that rights are missing; what it has found
// until then may stand beside the error. Methods are called from several goroutines
// at once, and one that outlives its context is left behind.
type Windows interface {
	// Now is the time by the machine's clock.
	Now() time.Time
	// Files is the volume that Windows is on, by its root.
	Files() fs.FS
	// Registry returns a key below HKEY_LOCAL_MACHINE, "SOFTWARE", or "USERS", the
	// one of all loaded users. It is that of 64-bit programs.
	Registry(root string) (Key, error)
	// Events gives each event that a structured query (QueryList in XML) finds to
	// the function, in any order.
	Events(ctx context.Context, query string, each func(*eventlog.Event)) error
	// State is what the system says of itself.
	State(ctx context.Context) (State, error)
	// Services are the states of the services with these names; one that is not
	// there has the state 0.
	Services(ctx context.Context, names []string) ([]ServiceState, error)
	// Volumes are all volumes of local disks.
	Volumes(ctx context.Context) ([]VolumeState, error)
	// Disk is the disk that Windows is on.
	Disk(ctx context.Context) (Disk, error)
	// Devices are those that have a problem.
	Devices(ctx context.Context) ([]Device, error)
	// Protection is the shell's property System.Volume.BitLockerProtection of the
	// volume of Windows: 1 on, 2 off, 3 and 4 on the way, 5 suspended, 6 locked, 7
	// cannot be, 8 on as soon as it is activated, with the key in the clear until then;
	// 0 where it does not say, as on a server without BitLocker.
	Protection(ctx context.Context) (int, error)
	// Connection is how the machine is connected.
	Connection(ctx context.Context) (Connection, error)
	// History is what the update agent remembers, the newest first, at most so many.
	History(ctx context.Context, most int) ([]Attempt, error)
	// Search asks the update agent for updates (IUpdateSearcher criteria): in what it
	// knows, or online with the servers that it is to ask.
	Search(ctx context.Context, criteria string, online bool) ([]Offer, error)
	// Query asks Windows Management Instrumentation (root\cimv2) in WQL.
	Query(ctx context.Context, wql string) ([]Row, error)
	// FileVersion is the version of a file of Windows, by its path below the root.
	FileVersion(path string) (string, error)
	// CheckImage asks DISM for the health of the component store, by its notes
	// (scan false) or by reading it (minutes): 0 healthy, 1 repairable, 2 not. It
	// needs the rights of an administrator.
	CheckImage(ctx context.Context, scan bool, progress func(percent int)) (int, error)
	// VerifyFiles runs sfc /verifyonly to its end, which writes its findings to
	// CBS.log. It needs the rights of an administrator.
	VerifyFiles(ctx context.Context, progress func(percent int)) error
}

// State is what a system says of itself. A pointer is nil where it does not say.
type State struct {
	// Elevated: this program has the rights of an administrator.
	Elevated *bool
	// Memory and PageFiles are bytes, of all page files.
	Memory, PageFiles *int64
	Uptime            *time.Duration
	// ACLine: the machine does not run on its battery.
	ACLine *bool
	// SignedIn: somebody uses a session.
	SignedIn *bool
	// TPM is the version of the chip's specification: 1 is 1.2, 2 is 2.0.
	TPM *int
}

// ServiceState is the state of a service: a number of the service manager,
// 1 stopped, 2 starting, 3 stopping, 4 running, 5 to 7 paused or on the way; 0
// that there is no such service.
type ServiceState struct {
	Name  string
	State int
}

// VolumeState is a volume.
type VolumeState struct {
	// Mount is the path of a drive letter, as in "C:", "" without one.
	Mount string
	// Windows: it is the volume of the Windows that runs.
	Windows     bool
	Filesystem  string
	Total, Free *int64 // bytes
	// PartitionType is a GUID in lower case without braces on a GPT disk, and the
	// number of the type in hex, as in "0x27", on an MBR disk; "" is unknown.
	PartitionType string
	// Active: the MBR disk starts from it.
	Active bool
}

// Disk is a disk. A pointer is nil where Windows does not say.
type Disk struct {
	// Style is "gpt" or "mbr".
	Style string
	// Failing: the disk itself foresees its failure (SMART).
	Failing *bool
}

// Device is a device with a problem.
type Device struct {
	Description, Provider, DriverVersion string
	// Problem is the number of Device Manager (CM_PROB_...).
	Problem int
}

// Connection is how the machine is connected. A pointer is nil where it is not
// known.
type Connection struct {
	// Tunnel: an adapter of a VPN is up. That none is seen says nothing.
	Tunnel bool
	// Metered: the connection is paid by volume (INetworkCostManager).
	Metered *bool
}

// Attempt is an entry of the update agent's history (IUpdateHistoryEntry).
type Attempt struct {
	Title string
	At    time.Time // UTC
	// Operation is 1 for an installation, 2 for a removal.
	Operation int
	// Result is an OperationResultCode: 1 in progress, 2 succeeded, 3 succeeded
	// with errors, 4 failed, 5 aborted.
	Result int
	Code   uint32 // HRESULT
}

// Offer is an update that a search found (IUpdate).
type Offer struct {
	Title      string
	KBs        []string // numbers without letters
	Downloaded bool
	Hidden     bool
	Installed  bool
}

// Row is a row of a query: values by names as the query writes them. A value that
// is null is not there.
type Row map[string]string
