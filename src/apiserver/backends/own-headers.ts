/** Whether a header tells the API server alone who the client is, or asks to be: nobody behind it gets to see it. */
export function isOwnHeader(name: string): boolean {
  return name === "authorization" || name.startsWith("impersonate-");
}
