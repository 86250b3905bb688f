export { Contract, type Description } from "./contract.ts";
