package servicing

import (
	"strings"

	"github.com/patchmedic/patchmedic/facts"
)

// quiet are results of sessions that did not fail: a question for a package
// that is not there, a call that somebody cancelled.
func quiet(code facts.Code) bool {
	return code.Value == 0x800f0805 || code.Value == 0x800f0820
}

// noiseRule is a line of healthy machines.
type noiseRule struct {
	code uint32 // 0: any, or none
	text string // "" any; a part of the text
	and  string // another part
}

var noiseOfCBS = []noiseRule{
	{code: 0x800f0805},
	{code: 0x800f080d, text: "Expecting attribute name"},
	{code: 0x800f080d, text: "Failed to get next element"},
	{code: 0x80004005, text: "SQM: "},
	{code: 0x80070490, text: "SQM: "},
	{code: 0x80040154, text: "SQM: "},
	{code: 0x80070001, text: "Failed to create backup log cab"},
	{code: 0x80070002, text: "Not able to "},
	{code: 0x80070002, text: "onesettings"},
	{code: 0x80070002, text: "selection group policy not set"},
	{code: 0x80070002, text: "store corrupt flag"},
	{code: 0x80070490, text: "Failed to read "},
	{code: 0x80070490, text: "Failed to get merged pending executionsequence info"},
	{code: 0x8007000d, text: "Current tick count lower than last tick count"},
	{code: 0x80070216, text: "cavenging"},
	{code: 0x80070216, text: "arvation"},
	{code: 0x80070020, text: "CbsTemp"},
	{code: 0x80070005, text: "CbsTemp"},
	{code: 0x80004003, text: "Could not get active session"},
	{text: "Duplicate ownership"},
	{code: 0x80070008, text: "store corruption", and: "event"},
	{text: "Failed Open Eventlog"},
}

var noiseOfSetup = []noiseRule{
	{code: 0xc1800104, text: "Suspend"},
	{code: 0x80072ee7, text: "wallowing"},
	{text: "IOCTL_STORAGE_QUERY_PROPERTY failed: 0x1"},
	{text: "SdbpGetMergeSdbsDisabled failed"},
	{text: "GetDriverPathFromServiceName failed for"},
	{text: "CMXEMigrationXml", and: "nvalid xml format"},
	{text: "ReAgentOld.xml"},
	{text: "ot reporting WINDLP data point"},
	{text: "Failed to read the rollback GUID"},
	{text: "Failed to read the new OS GUID"},
	{text: "invalid SQM session"},
	{text: "Disk provisioning is not available"},
}

var noiseOfDISM = []noiseRule{
	{text: "FIOReadFileIntoBuffer"},
	{text: "UnmarshallImageHandleFromDirectory"},
	{text: "EnumeratePathEx: FindFirstFile failed"},
	{text: "No providers were found that support the command"},
	{text: "Shim considered"},
	{code: 0x80070002, text: "OpenPackageByFile"}, // an inventory asks for a driver that is gone
}

var noiseOfAgent = []noiseRule{
	{code: 0x80248007}, {code: 0x8024801e}, {code: 0x80070032}, {code: 0x8024000c}, {code: 0x80240007},
	{code: 0x800704c6}, {code: 0x80248014},
	{code: 0x80070002, text: "deploymentjobhost.cpp"},
	{code: 0x800700b7, text: "unexpected result: 0"},
	{code: 0x8024000e, text: "valuate"},
	{code: 0x80041010}, {code: 0x8007066f},
	{code: 0x80190193}, // signed addresses that expired, fresh ones follow
	{code: 0x800f0816}, // the stack wants more data
}

// isNoise knows the lines that healthy machines log as well. A result is never
// noise: a failed session that has nothing else still tells its code.
func isNoise(f *finding) bool {
	if f.weight >= original {
		return false
	}
	// Values of the registry that need not be there.
	if strings.Contains(f.text, "STATUS_OBJECT_NAME_NOT_FOUND") && (strings.Contains(f.text, "QueryValue") || strings.Contains(f.text, "OpenKey")) {
		return true
	}
	var rules []noiseRule
	switch kind(f.file) {
	case kindCBS:
		rules = noiseOfCBS
	case kindSetupAct, kindSetupErr:
		rules = noiseOfSetup
	case kindDISM:
		rules = noiseOfDISM
	case kindWU:
		rules = noiseOfAgent
	}
	for _, r := range rules {
		if (r.code == 0 || f.hasCode && f.code.Value == r.code) && strings.Contains(f.text, r.text) && strings.Contains(f.text, r.and) {
			return true
		}
	}
	return false
}
