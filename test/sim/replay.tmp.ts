import { play } from "./scenario.ts"; import { readFault } from "./faults.ts"; import { readShape } from "./shapes.ts";
const [s,b,f,v]=process.argv[2]!.split("/");
globalThis.SHOW = true;
try { const seen=await play({shape:readShape(s!),beginning:b as any,faults:f?f.split("+").map(readFault):[],survivors:(v?v.split("+"):[]).map(x=>/\d/.test(x)?Number(x):x) as any}); for (const st of seen.starts) console.log(st.log.join("\n"), "\n-- ", st.outcome?.failure); } catch(e) {console.log(e.message)}
