import { BadRequestException, type PipeTransform } from '@nestjs/common';

/** Lets a query through that has one non-empty value for each name; otherwise the answer is a 400 that names the rest. */
export class Required<Name extends string> implements PipeTransform<Record<string, unknown>> {
  private readonly names: readonly Name[];

  constructor(...names: readonly Name[]) {
    this.names = names;
  }

  transform(query: Record<string, unknown>): Record<Name, string> {
    const missing = this.names.filter((name) => typeof query[name] !== 'string' || query[name] === '');
    if (missing.length === 0) return query as Record<Name, string>;
    throw new BadRequestException(`the query needs one non-empty value for each of: ${missing.join(', ')}`);
  }
}
