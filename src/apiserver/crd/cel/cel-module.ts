/** Everything that `LazyCel` loads. */
export { ExpressionCompiler, ExpressionError } from "./expression.ts";
export { ValidationRules } from "./validation-rules.ts";
