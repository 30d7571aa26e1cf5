/** What every component of the platform needs to know about where it belongs. */
export interface PlatformScope {
  readonly projectId: string;
  /** Region of the functions and of Firestore. */
  readonly region: string;
}

/** Labels of what all tenants share. */
export const PLATFORM_LABELS: Readonly<Record<string, string>> = { app: 'headgate', tenant: 'platform' };
