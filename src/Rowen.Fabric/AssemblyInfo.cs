using System.Runtime.InteropServices;

// Native calls go to libc alone; it is never looked for beside the program.
[assembly: DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
