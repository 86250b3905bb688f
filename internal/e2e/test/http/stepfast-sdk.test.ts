import { chapters } from "./chapters/index.ts";
import { reruns } from "./chapters/reruns.ts";
import { ours } from "./sdk.ts";
import { tellOf } from "./suite.ts";

tellOf(ours, { ...chapters, reruns });
