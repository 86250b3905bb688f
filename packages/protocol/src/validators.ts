export { sessionLimits, validateEvents } from "./event-validation.ts";
export { validateFunctions, validateRegister } from "./register-validation.ts";
