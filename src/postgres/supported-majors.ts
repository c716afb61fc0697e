/** The majors of PostgreSQL that Headgate knows, ascending. */
export const supportedMajors = [14, 15, 16, 17, 18] as const;
