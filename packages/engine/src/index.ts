export { SearchExpression, type SearchVars } from "./domain/expression/search.ts";
export * from "./engine.ts";
export * from "./ports/index.ts";
