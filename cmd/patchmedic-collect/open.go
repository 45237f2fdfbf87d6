package main

import (
	"fmt"
	"io"
	"net/url"
)

// show opens the report's address in the browser. It is a comfort: what stands
// in its way is said, and no more.
func (p *program) show(address string, problems io.Writer) {
	u, err := url.Parse(address)
	switch {
	case address == "":
		return
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		err = fmt.Errorf("it is no address of a page")
	default:
		err = browse(u.String())
	}
	if err != nil {
		p.printer(problems).say("unopened", address, err.Error())
	}
}
