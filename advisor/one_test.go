package advisor_test
import ("testing";"os";"encoding/json";"github.com/patchmedic/patchmedic/advisor";"github.com/patchmedic/patchmedic/content";"github.com/patchmedic/patchmedic/facts";"github.com/patchmedic/patchmedic/kb";"path/filepath";"bufio")
func TestOne(t *testing.T){
 id:=os.Getenv("CASE"); bgn:=os.Getenv("BG")
 f,_:=os.Open(filepath.Join("..","..","shared","data","cases","diagnosis.jsonl"))
 lib,_:=kb.Load(content.Files()); adv:=advisor.New(lib)
 raw:=map[string]json.RawMessage{}; b,_:=os.ReadFile(filepath.Join("..","..","shared","data","cases","backgrounds.json")); json.Unmarshal(b,&raw)
 sc:=bufio.NewScanner(f); sc.Buffer(nil,1<<20)
 for sc.Scan(){ var c struct{ID string; Facts json.RawMessage}; json.Unmarshal(sc.Bytes(),&c); if c.ID!=id {continue}
  r,_,err:=facts.Decode(c.Facts); if err!=nil{t.Fatal(err)}
  if bgn!="" { p,_:=facts.DecodePatch(raw[bgn]); r=facts.Merge(p,r)}
  a:=adv.Advise(r,advisor.Options{Lang:kb.English})
  for _,d:=range a.Diagnoses{ t.Log(d.Article,d.Confidence,d.Prior); for _,e:=range d.Evidence{ if e.Holds!="unknown"{t.Log("    ",e.Signal,e.Holds,e.Factor,e.Counted,e.Facts)}}
   for _,x:=range d.Remedies{t.Log("      R",x.Action,x.Plan,x.Availability,x.Cost,x.Because)}}
  for _,q:=range a.Questions{t.Log("Q",q.ID,q.Gain)}
 }}
