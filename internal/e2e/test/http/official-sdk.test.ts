import { chapters } from "./chapters/index.ts";
import { theirs } from "./sdk.ts";
import { tellOf } from "./suite.ts";

tellOf(theirs, chapters);
