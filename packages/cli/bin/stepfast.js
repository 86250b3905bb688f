#!/usr/bin/env node
import { main, outliveReaders } from "../dist/index.js";

outliveReaders();
process.exitCode = await main(process.argv.slice(2));
