/** What the TSDoc of an interface says of its members. */

import ts from "typescript";

/** One option, in the words of its TSDoc. */
export interface DocumentedOption {
  readonly name: string;
  /** What it is, on one line, without the default. */
  readonly text: string;
  /** What follows "Default:", without the full stop; empty when nothing is said. */
  readonly fallback: string;
  readonly isRequired: boolean;
}

/**
 * The public members of an interface, in their order.
 *
 * @param source - the text of a TypeScript file
 * @param name - the interface's
 * @throws Error when there is no such interface, or a member says nothing
 */
export function documentedOptions(source: string, name: string): DocumentedOption[] {
  const file = ts.createSourceFile("options.ts", source, ts.ScriptTarget.Latest, true);
  const found = file.statements.find(
    (statement): statement is ts.InterfaceDeclaration =>
      ts.isInterfaceDeclaration(statement) && statement.name.text === name,
  );
  if (found === undefined) throw new Error(`There is no interface ${name}.`);
  const isPublic = (member: ts.PropertySignature): boolean =>
    !ts.getJSDocTags(member).some(({ tagName }) => tagName.text === "internal");
  return found.members
    .filter(ts.isPropertySignature)
    .filter(isPublic)
    .map((member): DocumentedOption => {
      const option = member.name.getText(file);
      const text = documentation(member);
      if (text === "") throw new Error(`${name}.${option} has no TSDoc.`);
      const [, before = text, fallback = "", after = ""] =
        /^(.*?)\s*Default: (.*?)(?:\.\s+([A-Z].*)|\.)$/s.exec(text) ?? [];
      return {
        name: option,
        text: [before, after].filter((part) => part !== "").join(" "),
        fallback,
        isRequired: member.questionToken === undefined,
      };
    });
}

function documentation(member: ts.PropertySignature): string {
  const [comment] = ts.getJSDocCommentsAndTags(member);
  const text = comment === undefined ? "" : ts.getTextOfJSDocComment(comment.comment);
  return (text ?? "")
    .replace(/\{@link (\w+)\}/g, "`$1`")
    .replace(/\s+/g, " ")
    .trim();
}
