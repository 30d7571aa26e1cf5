/** What a host runs: any web-standard application. */
export interface FetchApp {
  readonly fetch: (request: Request) => Response | Promise<Response>;
}
