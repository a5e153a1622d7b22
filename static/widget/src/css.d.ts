/** A style sheet as text, shrunk by build.mjs. */
declare module "*.css" {
  const text: string;
  export default text;
}
