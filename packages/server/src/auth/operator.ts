const operators = new WeakMap<Request, string>();

/** Keeps whose key let the request in, for records of what it changed. */
export function nameOperator(request: Request, name: string): void {
  operators.set(request, name);
}

/** Whose key let the request in; null: nobody was asked for one. */
export function operatorOf(request: Request): string | null {
  return operators.get(request) ?? null;
}
