/** A file that is embedded in the executable; the import gives its path. */
declare module "*.json.gz" {
  const path: string;
  export default path;
}
