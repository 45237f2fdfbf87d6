package advisor

import (
	"fmt"
	"strings"
	"time"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/facts/errcode"
	"github.com/patchmedic/patchmedic/kb"
)

// sentences are the few that belong to the advisor and to no article.
func sentences(key string) kb.Localized {
	switch key {
	case "signature":
		return kb.Localized{EN: "a log line names this cause: %s", FR: "une ligne de journal désigne cette cause : %s"}
	case "code":
		return kb.Localized{EN: "%s is a code of this cause", FR: "%s est un code de cette cause"}
	case "other-code":
		return kb.Localized{EN: "%s is no code of this cause", FR: "%s n’est pas un code de cette cause"}
	case "kb":
		return kb.Localized{EN: "%s is known for this cause", FR: "%s est connue pour cette cause"}
	case "text":
		return kb.Localized{EN: "the description resembles this cause", FR: "la description ressemble à cette cause"}
	case "platform-fits":
		return kb.Localized{EN: "the cause was seen on this Windows", FR: "la cause a été constatée sur ce Windows"}
	case "platform-differs":
		return kb.Localized{EN: "the cause was seen on another Windows", FR: "la cause a été constatée sur un autre Windows"}
	case "confirmed":
		return kb.Localized{EN: "almost certain", FR: "presque sûr"}
	case "likely":
		return kb.Localized{EN: "likely", FR: "probable"}
	case "possible":
		return kb.Localized{EN: "to be checked", FR: "à vérifier"}
	case "tried":
		return kb.Localized{EN: "Tried without effect", FR: "Déjà essayé sans effet"}
	case "tried-on":
		return kb.Localized{EN: "Tried on %s without effect", FR: "Essayé le %s sans effet"}
	case "missing-param":
		return kb.Localized{EN: "not known yet: %s", FR: "pas encore connu : %s"}
	case "not-now":
		return kb.Localized{EN: "Only offered when it is established that: %s", FR: "Proposé seulement s’il est établi que : %s"}
	case "taken-away":
		return kb.Localized{EN: "Not useful here: %s", FR: "Inutile ici : %s"}
	case "check":
		return kb.Localized{EN: "find out first whether: %s", FR: "à vérifier d’abord : %s"}
	case "the-update":
		return kb.Localized{EN: "the update", FR: "la mise à jour"}
	case "the-code":
		return kb.Localized{EN: "the code", FR: "le code"}
	case "dont-know":
		return kb.Localized{EN: "I don’t know", FR: "Je ne sais pas"}
	case "unknown-action":
		return kb.Localized{EN: "%s: the action %q is not in the vocabulary; it was kept and counts for nothing",
			FR: "%s : l’action %q n’est pas dans le vocabulaire ; elle est gardée mais ne compte pas"}
	case "silent":
		return kb.Localized{EN: "nothing here tells of an update that went in or failed: that proves no health; send the servicing logs or the update history, or say what happens",
			FR: "rien ici ne parle d’une mise à jour réussie ou échouée : cela ne prouve pas que tout va bien ; envoyez les journaux de maintenance ou l’historique des mises à jour, ou décrivez ce qui se passe"}
	case "which-update":
		return kb.Localized{EN: "Which update fails? Give its KB number.", FR: "Quelle mise à jour échoue ? Donnez son numéro KB."}
	case "run-collector":
		return kb.Localized{EN: "Run the collector on the machine, as administrator, and send its report: it answers most questions at once.",
			FR: "Lancez le collecteur sur le poste, en administrateur, et envoyez son rapport : il répond d’un coup à la plupart des questions."}
	case "cannot-run":
		return kb.Localized{EN: "It cannot be run there", FR: "Impossible de le lancer sur ce poste"}
	case "update-history":
		return kb.Localized{EN: "Settings > Windows Update > Update history", FR: "Paramètres > Windows Update > Historique des mises à jour"}
	case "in-progress":
		return kb.Localized{EN: "%s is being installed: let it finish and its restart happen, then collect again",
			FR: "%s est en cours d’installation : laissez-la finir et redémarrer, puis refaites une collecte"}
	}
	return kb.Localized{}
}

func (c *consultation) say(key string, args ...any) string {
	text := sentences(key).In(c.opt.Lang)
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// fill puts the case's update and code, and a witness's value, into a text.
func (c *consultation) fill(text, value string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	if value == "" {
		text = strings.ReplaceAll(text, " ({value})", "")
	}
	kb, code := c.o.subject.kb.String(), ""
	if kb == "" {
		kb = c.say("the-update")
	}
	if code = c.say("the-code"); !c.o.subject.code.IsZero() {
		code = c.o.subject.code.String()
	}
	text = strings.ReplaceAll(text, "{kb}", kb)
	text = strings.ReplaceAll(text, "{code}", code)
	return strings.ReplaceAll(text, "{value}", value)
}

// day writes a date as the language does.
func (c *consultation) day(t time.Time) string {
	if c.opt.Lang == kb.French {
		return t.Format("02/01/2006")
	}
	return t.Format(time.DateOnly)
}

// nameOf returns a code with its name, for a sentence.
func nameOf(code facts.Code) string {
	if symbol := errcode.Lookup(code).Symbol; symbol != "" {
		return code.String() + " (" + symbol + ")"
	}
	return code.String()
}

func (c *consultation) codeNames() []CodeName {
	out := []CodeName{}
	for _, seen := range c.o.codes {
		out = append(out, CodeName{seen.code.String(), errcode.Lookup(seen.code).Symbol})
	}
	return out
}

// warnings names the actions that nobody knows, and says when there was nothing
// to judge.
func (c *consultation) warnings() []string {
	out := append([]string{}, c.opt.Warnings...)
	if c.o.report.Silent() {
		out = append(out, c.say("silent"))
	}
	for i, t := range c.o.report.Tried.V {
		action, stated := t.Action.Get()
		if _, ours := c.lib.Remedy(action); stated && !ours && !facts.KnownAction(action) {
			out = append(out, c.say("unknown-action", index("tried", i), action))
		}
	}
	return out
}

func (c *consultation) patchStates() []PatchState {
	out := []PatchState{}
	for _, update := range c.o.patchSubjects() {
		s := c.lib.Releases().State(c.o.report, update)
		out = append(out, PatchState{update.String(), s.State, s.Why.In(c.opt.Lang)})
	}
	return out
}

// inProgress is how long an installation may go on before it counts as stuck.
const inProgress = 3 * time.Hour

// pause tells to wait while the update of the case is being installed.
func (c *consultation) pause() *Pause {
	now, ok := c.o.report.CollectedAt.Get()
	if !ok {
		return nil
	}
	for _, e := range c.o.report.Updates.V.History.V {
		at, timed := e.At.Get()
		about := c.o.subject.kb == 0 || e.KB.V == c.o.subject.kb
		if e.Result.V == "in_progress" && timed && about && !at.After(now) && now.Sub(at) < inProgress {
			name := e.KB.V.String()
			if name == "" {
				name = c.say("the-update")
			}
			return &Pause{Until: at.Add(inProgress), Why: c.say("in-progress", name)}
		}
	}
	return nil
}
