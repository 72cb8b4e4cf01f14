/** The release of MLflow whose API is spoken here. */
export const VERSION = "3.17.2";
