import { chapters } from "./chapters/index.ts";
import { reruns } from "./chapters/reruns.ts";
import { theirs } from "./sdk.ts";
import { tellOf } from "./suite.ts";

tellOf(theirs, { ...chapters, reruns });
