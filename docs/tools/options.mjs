// Reads what the interfaces of options say of themselves: names, types, defaults and descriptions.
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * @typedef {object} Option
 * @property {string} name with the names of the options that it is part of: `heartbeat.interval`
 * @property {string} type as it is declared
 * @property {string | undefined} fallback the text behind `@default`; undefined where the option is required, or has parts
 * @property {boolean} hasParts whether its own options follow
 * @property {string} description Markdown
 */

/**
 * The options that an interface declares itself, each followed by its parts.
 * @param {string} name
 * @returns {Option[]}
 */
export function optionsOf(name) {
  const declaration = interfaces.get(name);
  if (declaration === undefined) throw new Error(`lib/ declares no interface ${name}`);
  return describeMembers(declaration, '');
}

const program = createProgram();
const checker = program.getTypeChecker();
const statements = program
  .getSourceFiles()
  .filter(({ fileName }) => fileName.startsWith(`${ROOT}lib/`))
  .flatMap((file) => file.statements.slice());
const interfaces = new Map(
  statements.filter(ts.isInterfaceDeclaration).map((declaration) => [declaration.name.text, declaration]),
);
/** What the names of types stand for that a reader would have to look up. */
const aliases = new Map(
  statements
    .filter((each) => ts.isTypeAliasDeclaration(each) && each.typeParameters === undefined)
    .map(({ name, type }) => [name.text, type]),
);

function createProgram() {
  const { config } = ts.readConfigFile(`${ROOT}tsconfig.build.json`, (path) => ts.sys.readFile(path));
  const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  return ts.createProgram(fileNames, options);
}

function describeMembers(declaration, prefix) {
  return declaration.members.filter(ts.isPropertySignature).flatMap((member) => {
    const parts = partsOf(member);
    const option = describe(member, `${prefix}${member.name.getText()}`, parts !== undefined);
    return parts === undefined ? option : [option].concat(describeMembers(parts, `${option.name}.`));
  });
}

function describe(member, name, hasParts) {
  const symbol = checker.getSymbolAtLocation(member.name);
  const description = textOf(symbol.getDocumentationComment(checker));
  const tag = symbol.getJsDocTags(checker).find((each) => each.name === 'default');
  const fallback = tag === undefined ? undefined : textOf(tag.text);
  if (description === '') throw new Error(`The option ${name} has no description`);
  if (fallback === undefined && !hasParts && member.questionToken !== undefined) {
    throw new Error(`The option ${name} has no @default; write "@default none" where there is none`);
  }
  return { name, type: textOfType(member.type), fallback, hasParts, description };
}

/** The interface of an option that consists of options itself: all that it declares may be left out. */
function partsOf(member) {
  const type = checker.getTypeAtLocation(member);
  const candidates = type.isUnion() ? type.types : [type];
  return candidates
    .flatMap((candidate) => candidate.symbol?.declarations ?? [])
    .filter((each) => ts.isInterfaceDeclaration(each) && interfaces.get(each.name.text) === each)
    .find(({ members }) => members.every(({ questionToken }) => questionToken !== undefined));
}

/** A type as it is declared, with what is short in the place of its names. */
function textOfType(type) {
  const declared = collapse(type.getText().replaceAll(/\/\*[\s\S]*?\*\//g, ''));
  return declared.replaceAll(/(?<=(& )?)\b([A-Z]\w+)\b(?=(\[\]| &)?)/g, (_, before, name, behind) =>
    textOfName(name, before !== undefined || behind !== undefined),
  );
}

/** @param isPart whether it is part of an intersection, or what an array consists of */
function textOfName(name, isPart) {
  const alias = aliases.get(name);
  if (alias !== undefined) return isPart && isCompound(alias) ? `(${textOfType(alias)})` : textOfType(alias);
  const shape = interfaces.get(name);
  return shape !== undefined && isPlain(shape) ? `{ ${fieldsOf(shape)} }` : name;
}

function isCompound(type) {
  return ts.isUnionTypeNode(type) || ts.isIntersectionTypeNode(type) || ts.isFunctionTypeNode(type);
}

/** Whether an interface is no more than a few required values. */
function isPlain({ members }) {
  return members.every(
    (each) => ts.isPropertySignature(each) && each.questionToken === undefined && each.type.kind in PLAIN,
  );
}

const PLAIN = { [ts.SyntaxKind.NumberKeyword]: true, [ts.SyntaxKind.StringKeyword]: true };

function fieldsOf({ members }) {
  return members.map(({ name, type }) => `${name.getText()}: ${type.getText()}`).join('; ');
}

/** A doc comment as Markdown: what it links to is named as code. */
function textOf(parts = []) {
  const text = parts.map((part) => (part.kind === 'linkName' ? `\`${part.text}\`` : part.text)).join('');
  return collapse(text.replaceAll(/\{@link |\}(?=[^`]|$)/g, (found) => (found === '}' ? '}' : '')));
}

function collapse(text) {
  return text.replaceAll(/\s+/g, ' ').trim();
}
