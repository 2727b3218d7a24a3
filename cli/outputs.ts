/** How the URLs in a stack's outputs are reached. */
/** The variable by which `npm start` says where its own webhook listener is. */
export const WEBHOOK_ORIGIN = 'GENESYS_WEBHOOK_ORIGIN';

/** The same path on the webhook listener of a local AWS: AWS's own host name would lead to the real AWS. */
export function localUrl(url: string, origin: string): string {
  return new URL(new URL(url).pathname, origin).href;
}
