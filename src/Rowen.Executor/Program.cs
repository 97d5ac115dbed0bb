return args.Length == 1 ? 0 : 64;
