import { join } from 'node:path';
import ts from 'typescript';
import { codeBlocks, documents, ROOT } from './documents.js';

// What an example takes for granted: it shows one thing, and not where everything comes from.
const PRELUDE = `
import { Controller, Get, Injectable, Post, Query, Req, RequestMethod, UnauthorizedException, UseGuards } from '@nestjs/common';
import type { CanActivate, ExecutionContext, MessageEvent } from '@nestjs/common';
import { CurrentConnection, LastEventId, memoryLog, SseError, SseHub, SseModule, SseStream, SseTickets, StreamSignal } from 'nestjs-sse-hub';
import type { SseConnection, TicketStore } from 'nestjs-sse-hub';
import { interval, map } from 'rxjs';
declare const hub: SseHub;
declare const redis: { set(key: string, value: string, options: { NX: true; PXAT: number }): Promise<string | null> };
declare class SignedIn implements CanActivate { canActivate(): boolean; }
declare class OrderService { all(): Promise<object[]>; }
`;

// What an example may import from the application that it is part of.
const APPLICATION = 'export declare class AppModule {}';

/** What TypeScript has to say of the examples in the documents: nothing, if they compile. */
export function typecheckExamples(): string[] {
  const blocks = documents.flatMap(codeBlocks).filter(({ language }) => language === 'ts');
  const files = new Map(
    blocks.map(({ place, code }) => [
      join(ROOT, `${place.replace(':', '.line-')}.ts`),
      /^import /m.test(code) ? code : `${PRELUDE}\n${code}\nexport {};`,
    ]),
  );
  for (const folder of ['', 'docs/']) files.set(join(ROOT, `${folder}app.module.ts`), APPLICATION);
  const compilerOptions = { ...readOptions(), noUnusedLocals: false, noUnusedParameters: false };
  const program = ts.createProgram([...files.keys()], compilerOptions, hostOf(files, compilerOptions));
  return ts
    .getPreEmitDiagnostics(program)
    .filter(({ file }) => file === undefined || files.has(file.fileName))
    .map(
      ({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    );
}

/** A program as TypeScript compiles it with options from a tsconfig.json, and what it has to say of it. */
export function compileWith(compilerOptions: object, code: string): { output: string; problems: string[] } {
  const main = join(ROOT, 'main.ts');
  // The library as it is installed would be compiled already.
  const { paths } = readOptions();
  const { options } = ts.convertCompilerOptionsFromJson(
    { ...compilerOptions, paths, skipLibCheck: true },
    ROOT,
  );
  const program = ts.createProgram([main], options, hostOf(new Map([[main, code]]), options));
  const file = program.getSourceFile(main)!;
  let output = '';
  program.emit(file, (_, text) => (output = text));
  const diagnostics = [...program.getOptionsDiagnostics(), ...program.getSemanticDiagnostics(file)];
  const problems = diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
  return { output, problems };
}

/** What is wrong with the syntax of the scripts in the documents. */
export function checkScripts(): string[] {
  const blocks = documents.flatMap(codeBlocks).filter(({ language }) => language === 'js');
  return blocks.flatMap(({ place, code }) => {
    const { diagnostics = [] } = ts.transpileModule(code, {
      fileName: `${place}.js`,
      reportDiagnostics: true,
      compilerOptions: { allowJs: true, module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ESNext },
    });
    return diagnostics.map(
      ({ messageText }) => `${place}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    );
  });
}

function readOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: { compilerOptions: object };
  };
  return ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT).options;
}

/** The files on the disk, and those of the examples beside the documents. */
function hostOf(files: ReadonlyMap<string, string>, options: ts.CompilerOptions): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const onDisk = {
    fileExists: (path: string) => ts.sys.fileExists(path),
    readFile: (path: string) => ts.sys.readFile(path),
  };
  host.fileExists = (path) => files.has(path) || onDisk.fileExists(path);
  host.readFile = (path) => files.get(path) ?? onDisk.readFile(path);
  return host;
}
