import { chapters } from "../http/chapters/index.ts";
import { theirs } from "../http/sdk.ts";
import { tellOf } from "../http/suite.ts";
import { ConnectedApp } from "./connected-app.ts";

tellOf(theirs, chapters, (sdk, api, options) => new ConnectedApp(sdk, api, options));
