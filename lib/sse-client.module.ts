import {
  Inject,
  Logger,
  Module,
  type DynamicModule,
  type FactoryProvider,
  type ModuleMetadata,
  type OnModuleDestroy,
} from '@nestjs/common';
import type { SseClientOptions } from './client/client-options.js';
import type { SseClientUrl } from './client/request.js';
import { SseClient } from './client/sse-client.js';

/** A client of a Nest application: where it connects to, and what can be set besides. */
export interface SseClientModuleOptions<Events = unknown> extends SseClientOptions<Events> {
  /** Where to connect to, or a function that is asked for it for each attempt. */
  url: SseClientUrl;
}

/** The same with the name that it is injected by. */
export interface SseClientRegistration<Events = unknown> extends SseClientModuleOptions<Events> {
  /**
   * What `@InjectSseClient(name)` takes; several clients need several names.
   * @default 'default'
   */
  name?: string;
}

/** A client whose options are known only when the application starts. */
export interface SseClientAsyncRegistration<Events = unknown>
  extends Pick<ModuleMetadata, 'imports'>, Pick<FactoryProvider, 'inject'> {
  /**
   * What `@InjectSseClient(name)` takes; several clients need several names.
   * @default 'default'
   */
  name?: string;
  /** Gives the options; its parameters are what `inject` names. */
  useFactory: FactoryProvider<
    SseClientModuleOptions<Events> | Promise<SseClientModuleOptions<Events>>
  >['useFactory'];
}

const DEFAULT_NAME = 'default';

/** The one client of a module. */
const CLIENT = Symbol('sse.client');

/** The token of a client, for `overrideProvider` and factories. */
export function getSseClientToken(name: string = DEFAULT_NAME): string {
  return `SseClient:${name}`;
}

/** Injects the client that was registered by this name. */
export function InjectSseClient(name: string = DEFAULT_NAME): PropertyDecorator & ParameterDecorator {
  return Inject(getSseClientToken(name));
}

/**
 * Provides an `SseClient` to the module that imports this. It connects when somebody takes its events, tells Nest's
 * logger of what goes wrong, and is closed when the application shuts down.
 */
@Module({})
export class SseClientModule implements OnModuleDestroy {
  constructor(@Inject(CLIENT) private readonly client: SseClient) {}

  static register<Events>({ name, ...options }: SseClientRegistration<Events>): DynamicModule {
    return SseClientModule.registerAsync({
      ...(name === undefined ? {} : { name }),
      useFactory: () => options,
    });
  }

  static registerAsync<Events>(registration: SseClientAsyncRegistration<Events>): DynamicModule {
    const { name, imports = [], inject = [], useFactory } = registration;
    const token = getSseClientToken(name);
    return {
      module: SseClientModule,
      imports,
      providers: [
        {
          provide: token,
          inject,
          useFactory: async (...dependencies: unknown[]) => clientOf(await useFactory(...dependencies)),
        },
        { provide: CLIENT, useExisting: token },
      ],
      exports: [token],
    };
  }

  // Before the application's own server waits for its last requests, of which this may be one.
  onModuleDestroy(): void {
    this.client.close();
  }
}

function clientOf<Events>({ url, ...options }: SseClientModuleOptions<Events>): SseClient<Events> {
  const logger = new Logger(SseClient.name);
  const client = new SseClient<Events>(url, options);
  client.onError((error) => logger.warn(error));
  return client;
}
