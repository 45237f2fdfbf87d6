package api

import (
	"maps"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/patchmedic/patchmedic/kb"
)

// remediesParams are what GET /remedies takes.
type remediesParams struct {
	// Language of the answer; without it Accept-Language decides.
	Lang string `form:"lang" enums:"fr,en"`
	// How many remedies to return.
	Limit int `form:"limit" minimum:"1" maximum:"100" default:"50"`
	// Where to go on: next of the page before.
	Cursor string `form:"cursor" maxLength:"300"`
} // @name RemediesParams

// remedyList is one page of the remedies, by action.
type remedyList struct {
	Remedies []remedyItem `json:"remedies"`
	Total    int          `json:"total"`
	// Revision is that of the whole content.
	Revision string `json:"revision"`
	// Next is the cursor of the next page; absent on the last one.
	Next string `json:"next,omitempty"`
} // @name RemedyList

// remedyItem is a remedy in a list. {name} in its texts stands for a parameter.
type remedyItem struct {
	Action  string `json:"action"`
	Lang    string `json:"lang" enums:"fr,en"`
	Title   string `json:"title"`
	Summary string `json:"summary"`
	// Role: only a cure is ranked.
	Role string     `json:"role" enums:"cure,check,end"`
	Cost remedyCost `json:"cost"`
	// Who is the least skilled person who may do it.
	Who string `json:"who" enums:"user,l1,l2,admin,vendor"`
	// Destructive: it can lose what cannot be brought back.
	Destructive bool   `json:"destructive"`
	Revision    string `json:"revision"`
	URL         string `json:"url"`
} // @name RemedyItem

// remedyCost is what a remedy asks of a machine and its people.
type remedyCost struct {
	// Minutes is the shortest and the longest usual time.
	Minutes  [2]int `json:"minutes"`
	Restarts int    `json:"restarts"`
	Risk     string `json:"risk" enums:"low,medium,high"`
	// Reversible: what was done can be undone.
	Reversible bool   `json:"reversible"`
	DataLoss   string `json:"data_loss" enums:"none,possible,certain"`
} // @name RemedyCost

// remedy is one thing a person does.
type remedy struct {
	remedyItem
	// Status: a retired remedy stays readable and is proposed no more.
	Status string `json:"status" enums:"published,retired"`
	// ReplacedBy is the heir of a retired remedy.
	ReplacedBy string `json:"replaced_by,omitempty"`
	// Params are what commands and texts leave open, by name.
	Params []remedyParam `json:"params"`
	// BlockedWhen are signals of which none may hold.
	BlockedWhen []string     `json:"blocked_when"`
	Preflight   []section    `json:"preflight"`
	Steps       []remedyStep `json:"steps"`
	Undo        []remedyStep `json:"undo"`
	Sections    []section    `json:"sections"`
	Sources     []source     `json:"sources"`
} // @name Remedy

// remedyParam is a value that a remedy leaves open.
type remedyParam struct {
	Name     string `json:"name"`
	Kind     string `json:"kind" enums:"kb,service,text,path"`
	Required bool   `json:"required"`
	Default  string `json:"default,omitempty"`
} // @name RemedyParam

// remedyStep is one thing to do.
type remedyStep struct {
	ID       string   `json:"id"`
	Title    string   `json:"title"`
	HTML     string   `json:"html"`
	Commands []string `json:"commands"`
	Shell    string   `json:"shell,omitempty" enums:"cmd,powershell,diskpart"`
	Elevated bool     `json:"elevated"`
	Restart  bool     `json:"restart"`
	Who      string   `json:"who" enums:"user,l1,l2,admin,vendor"`
} // @name RemedyStep

// remedies godoc
//
//	@Summary	List the published remedies
//	@Tags		remedies
//	@Produce	json
//	@Param		params	query		remediesParams	false	"Which remedies"
//	@Success	200		{object}	remedyList
//	@Failure	400		{object}	problem	"A parameter or the cursor is at fault"
//	@Failure	409		{object}	problem	"The content changed since the first page"
//	@Failure	default	{object}	problem
//	@Security	Bearer
//	@Router		/api/v1/remedies [get]
func (s *server) remedies(c *gin.Context) error {
	var in remediesParams
	if err := bind(c, &in); err != nil {
		return err
	}
	lang, lib := s.lang(c, in.Lang), s.read.Library()
	query := queryOf("remedies", string(lang))
	offset, err := offsetIn(lib.Revision(), in.Cursor, query)
	if err != nil || s.fresh(c, false, lib.Revision(), lang, "") {
		return err
	}
	published := slices.DeleteFunc(slices.Clone(lib.Remedies()), func(r *kb.Remedy) bool { return r.Status != "published" })
	list, next := page(published, offset, in.Limit, lib.Revision(), query)
	out := remedyList{Remedies: []remedyItem{}, Total: len(published), Revision: lib.Revision(), Next: next}
	for _, r := range list {
		out.Remedies = append(out.Remedies, newRemedyItem(r, lang))
	}
	return answer(c, 200, out)
}

// remedy godoc
//
//	@Summary	Read a remedy
//	@Tags		remedies
//	@Produce	json,text/markdown
//	@Param		action	path		string		true	"Action of the remedy"
//	@Param		params	query		langParams	false	"Language"
//	@Success	200		{object}	remedy	"With Accept: text/markdown the source of the language"
//	@Failure	404		{object}	problem	"No such remedy"
//	@Failure	default	{object}	problem
//	@Security	Bearer
//	@Router		/api/v1/remedies/{action} [get]
func (s *server) remedy(c *gin.Context) error {
	var in langParams
	if err := bind(c, &in); err != nil {
		return err
	}
	lang, lib := s.lang(c, in.Lang), s.read.Library()
	r, err := s.read.Remedy(c.Param("action"))
	if err != nil {
		return err
	}
	if done := s.source(c, r.Text(lang), r.Revision(), lib); done {
		return nil
	}
	return answer(c, 200, newRemedy(lib, r, lang))
}

func newRemedyItem(r *kb.Remedy, lang kb.Lang) remedyItem {
	text := r.Text(lang)
	out := remedyItem{Action: r.Action, Lang: string(lang), Title: text.Title, Summary: text.Summary, Role: r.Role,
		Cost: remedyCost{r.Cost.Minutes, r.Cost.Restarts, r.Cost.Risk, r.Cost.Reversible, r.Cost.DataLoss},
		Who:  string(r.Who), Destructive: r.Destructive, Revision: r.Revision(), URL: "/api/v1/remedies/" + r.Action}
	if out.Role == "" {
		out.Role = "cure"
	}
	return out
}

func newRemedy(lib *kb.Library, r *kb.Remedy, lang kb.Lang) remedy {
	text := r.Text(lang)
	out := remedy{remedyItem: newRemedyItem(r, lang), Status: r.Status, ReplacedBy: r.ReplacedBy, Params: []remedyParam{}, BlockedWhen: append([]string{}, r.BlockedWhen...),
		Preflight: []section{}, Steps: steps(lib, r, text.Section("steps"), r.Steps), Undo: steps(lib, r, text.Section("undo"), r.Undo),
		Sections: sections(lib, text), Sources: sources(r.Sources)}
	for _, name := range slices.Sorted(maps.Keys(r.Params)) {
		p := r.Params[name]
		out.Params = append(out.Params, remedyParam{name, p.Kind, p.Required, p.Default})
	}
	for _, id := range r.Preflight {
		if s := text.Section("preflight").Section(id); s != nil {
			out.Preflight = append(out.Preflight, section{id, s.Title, lib.HTML(s.Body, nil)})
		}
	}
	return out
}

func steps(lib *kb.Library, r *kb.Remedy, prose *kb.Section, list []kb.Step) []remedyStep {
	out := make([]remedyStep, 0, len(list))
	for _, s := range list {
		step := remedyStep{ID: s.ID, Title: s.ID, Commands: append([]string{}, s.Commands...), Shell: s.Shell,
			Elevated: s.Elevated, Restart: s.Restart, Who: string(s.Who)}
		if step.Who == "" {
			step.Who = string(r.Who)
		}
		if text := prose.Section(s.ID); text != nil {
			step.Title, step.HTML = text.Title, lib.HTML(text.Body, nil)
		}
		out = append(out, step)
	}
	return out
}
