/** The user's own files, for taking over a login that another program made. Reading only. */
export interface LocalFiles {
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `undefined`: it is not there. @throws AppError `login_source_unreadable` */
  read(path: string): Promise<string | undefined>;
}
