package sysproxy

import (
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	winhttp                  = windows.NewLazySystemDLL("winhttp.dll")
	getDefaultConfiguration  = winhttp.NewProc("WinHttpGetDefaultProxyConfiguration")
	getIEProxyForCurrentUser = winhttp.NewProc("WinHttpGetIEProxyConfigForCurrentUser")
	openSession              = winhttp.NewProc("WinHttpOpen")
	setTimeouts              = winhttp.NewProc("WinHttpSetTimeouts")
	getProxyForURL           = winhttp.NewProc("WinHttpGetProxyForUrl")
	closeHandle              = winhttp.NewProc("WinHttpCloseHandle")
	globalFree               = windows.NewLazySystemDLL("kernel32.dll").NewProc("GlobalFree")
	errorLoginFailure        = windows.Errno(12015) // ERROR_WINHTTP_LOGIN_FAILURE
)

// Values of winhttp.h.
const (
	accessNoProxy    = 1 // WINHTTP_ACCESS_TYPE_NO_PROXY
	accessNamedProxy = 3 // WINHTTP_ACCESS_TYPE_NAMED_PROXY
	autoDetect       = 1 // WINHTTP_AUTOPROXY_AUTO_DETECT
	autoConfigURL    = 2 // WINHTTP_AUTOPROXY_CONFIG_URL
	detectByDHCP     = 1 // WINHTTP_AUTO_DETECT_TYPE_DHCP
	detectByDNS      = 2 // WINHTTP_AUTO_DETECT_TYPE_DNS_A
)

// proxyInfo is WINHTTP_PROXY_INFO.
type proxyInfo struct {
	access        uint32
	proxy, bypass *uint16
}

// setting takes the texts, which WinHTTP gave away, and frees them.
func (i *proxyInfo) setting() setting {
	s := setting{list: taken(i.proxy), bypass: taken(i.bypass)}
	if i.access != accessNamedProxy {
		return setting{}
	}
	return s
}

// userConfig is WINHTTP_CURRENT_USER_IE_PROXY_CONFIG.
type userConfig struct {
	autoDetect            int32
	script, proxy, bypass *uint16
}

// autoOptions is WINHTTP_AUTOPROXY_OPTIONS.
type autoOptions struct {
	flags, detect uint32
	script        *uint16
	_             uintptr
	_             uint32
	logon         int32
}

// taken returns a text of WinHTTP's and frees it.
func taken(text *uint16) string {
	if text == nil {
		return ""
	}
	defer globalFree.Call(uintptr(unsafe.Pointer(text)))
	return windows.UTF16PtrToString(text)
}

// machineSetting is what netsh winhttp set.
func machineSetting() setting {
	var info proxyInfo
	if getDefaultConfiguration.Find() != nil {
		return setting{}
	}
	if ok, _, _ := getDefaultConfiguration.Call(uintptr(unsafe.Pointer(&info))); ok == 0 {
		return setting{}
	}
	return info.setting()
}

// userSetting is what stands in the Internet Options of this account.
func userSetting() (setting, script) {
	var config userConfig
	if getIEProxyForCurrentUser.Find() != nil {
		return setting{}, script{}
	}
	if ok, _, _ := getIEProxyForCurrentUser.Call(uintptr(unsafe.Pointer(&config))); ok == 0 {
		return setting{}, script{}
	}
	return setting{taken(config.proxy), taken(config.bypass)}, script{config.autoDetect != 0, taken(config.script)}
}

// ask asks the script. ok is false when there is none, or none that answers.
func (s script) ask(page string) (found setting, ok bool) {
	agent, err := windows.UTF16PtrFromString("patchmedic-collect")
	if err != nil || openSession.Find() != nil {
		return setting{}, false
	}
	session, _, _ := openSession.Call(uintptr(unsafe.Pointer(agent)), accessNoProxy, 0, 0, 0)
	if session == 0 {
		return setting{}, false
	}
	defer closeHandle.Call(session)
	each := uintptr(scriptTime / 2 / time.Millisecond)
	setTimeouts.Call(session, each, each, each, each)
	to, err := windows.UTF16PtrFromString(page)
	if err != nil {
		return setting{}, false
	}
	options := s.options()
	for {
		var info proxyInfo
		done, _, err := getProxyForURL.Call(session, uintptr(unsafe.Pointer(to)), uintptr(unsafe.Pointer(&options)), uintptr(unsafe.Pointer(&info)))
		if done != 0 {
			return info.setting(), true
		}
		if err != errorLoginFailure || options.logon != 0 {
			return setting{}, false
		}
		options.logon = 1 // who holds the script wants to know who asks
	}
}

func (s script) options() autoOptions {
	var o autoOptions
	if s.search {
		o.flags, o.detect = autoDetect, detectByDHCP|detectByDNS
	}
	if address, err := windows.UTF16PtrFromString(s.address); err == nil && s.address != "" {
		o.flags |= autoConfigURL
		o.script = address
	}
	return o
}
