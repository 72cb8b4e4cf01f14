/** Headers, query parameters, metadata: texts by name. */
export type TextMap = Readonly<Partial<Record<string, string>>>;
