using System.Diagnostics;
using Rowen.IntegrationTests.Cli;

namespace Rowen.IntegrationTests.Fabrics;

/// <summary>
/// Makes a program believe that this machine has a fast network: the kernel seems to show an adapter, and libfabric's provider <c>net</c>
/// calls itself by the network's name. Opening it fails, as with an adapter whose port is down; or it opens, at an address of its own, and
/// what becomes of its packets is the test's affair. Needs root and a C compiler.
/// </summary>
internal sealed class PretendedNetwork : IDisposable
{
    /// <summary>Stands before the real library, and changes one name; if there is an address, back again where the real one looks at it.</summary>
    private const string Source = """
        #include <arpa/inet.h>
        #include <dlfcn.h>
        #include <netinet/in.h>
        #include <rdma/fabric.h>
        #include <rdma/fi_domain.h>
        #include <rdma/fi_endpoint.h>
        #include <stdlib.h>
        #include <string.h>
        #undef fi_dupinfo
        static void *real(const char *name) {
            static void *library;
            if (!library) library = dlopen(REAL, RTLD_NOW | RTLD_LOCAL);
            return library ? dlsym(library, name) : NULL;
        }
        int fi_getinfo(uint32_t version, const char *node, const char *service, uint64_t flags, const struct fi_info *hints, struct fi_info **info) {
        #ifdef ADDRESS
            char *wanted = hints ? hints->fabric_attr->prov_name : NULL;
            if (wanted && !strcmp(wanted, NAME)) hints->fabric_attr->prov_name = "net";
        #endif
            int result = ((int (*)(uint32_t, const char *, const char *, uint64_t, const struct fi_info *, struct fi_info **))real("fi_getinfo"))(
                version, node, service, flags, hints, info);
        #ifdef ADDRESS
            if (hints) hints->fabric_attr->prov_name = wanted;
        #endif
            for (struct fi_info *each = result ? NULL : *info; each; each = each->next) {
                if (!strcmp(each->fabric_attr->prov_name, "net")) {
                    free(each->fabric_attr->prov_name);
                    each->fabric_attr->prov_name = strdup(NAME);
        #ifdef ADDRESS
                    struct sockaddr_in *source = each->src_addr;
                    if (!source || source->sin_family != AF_INET) continue;
                    inet_pton(AF_INET, ADDRESS, &source->sin_addr);
        #endif
                }
            }
            return result;
        }
        #ifdef ADDRESS
        static struct fi_ops_fabric fabric_ops, *real_fabric_ops;
        static struct fi_ops_domain domain_ops, *real_domain_ops;
        static char *swap(struct fi_fabric_attr *attr, char *name) { char *old = attr->prov_name; attr->prov_name = name; return old; }
        static int open_endpoint(struct fid_domain *domain, struct fi_info *info, struct fid_ep **endpoint, void *context) {
            char *name = swap(info->fabric_attr, "net");
            int result = real_domain_ops->endpoint(domain, info, endpoint, context);
            swap(info->fabric_attr, name);
            return result;
        }
        static int open_domain(struct fid_fabric *fabric, struct fi_info *info, struct fid_domain **domain, void *context) {
            char *name = swap(info->fabric_attr, "net");
            int result = real_fabric_ops->domain(fabric, info, domain, context);
            swap(info->fabric_attr, name);
            if (result) return result;
            real_domain_ops = (*domain)->ops;
            domain_ops = *real_domain_ops;
            domain_ops.endpoint = open_endpoint;
            (*domain)->ops = &domain_ops;
            return 0;
        }
        #endif
        void fi_freeinfo(struct fi_info *info) { ((void (*)(struct fi_info *))real("fi_freeinfo"))(info); }
        struct fi_info *fi_dupinfo(const struct fi_info *info) { return ((struct fi_info *(*)(const struct fi_info *))real("fi_dupinfo"))(info); }
        int fi_fabric(struct fi_fabric_attr *attr, struct fid_fabric **fabric, void *context) {
            int (*open)(struct fi_fabric_attr *, struct fid_fabric **, void *) = real("fi_fabric");
        #ifdef ADDRESS
            char *name = swap(attr, "net");
            int result = open(attr, fabric, context);
            swap(attr, name);
            if (result) return result;
            real_fabric_ops = (*fabric)->ops;
            fabric_ops = *real_fabric_ops;
            fabric_ops.domain = open_domain;
            (*fabric)->ops = &fabric_ops;
            return 0;
        #else
            return open(attr, fabric, context);
        #endif
        }
        const char *fi_strerror(int error) { return ((const char *(*)(int))real("fi_strerror"))(error); }
        uint32_t fi_version(void) { return ((uint32_t (*)(void))real("fi_version"))(); }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("rowen-network-").FullName;
    private readonly bool _hasLibrary;

    /// <summary>Pretends.</summary>
    /// <param name="name">What libfabric calls the network; null if it knows nothing of it.</param>
    /// <param name="address">This end's address in the network, which then opens; null if it does not open.</param>
    public PretendedNetwork(string? name, string? address = null)
    {
        _hasLibrary = name is not null;
        if (name is not null)
        {
            string source = Path.Combine(_folder, "libfabric.c");
            File.WriteAllText(source, Source);
            Finished compiled = Run(
                "gcc", "-shared", "-fPIC", "-O1", address is null ? "-UADDRESS" : $"-DADDRESS=\"{address}\"", $"-DNAME=\"{name}\"", $"-DREAL=\"{FindLibfabric()}\"", "-o", Path.Combine(_folder, "libfabric.so.1"), source, "-ldl");
            compiled.AssertDone();
        }
    }

    /// <summary>A command that runs another where the network seems to be.</summary>
    public IReadOnlyList<string> Around(params IEnumerable<string> command)
    {
        string[] library = _hasLibrary ? ["env", $"LD_LIBRARY_PATH={_folder}"] : [];
        return
        [
            "unshare", "--mount", "--propagation", "private", "sh", "-c",
            "mount -t tmpfs none /sys/class && mkdir -p /sys/class/infiniband/pretended0 && exec \"$@\"", "sh",
            .. library, .. command,
        ];
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string FindLibfabric() => Run("/sbin/ldconfig", "-p").Output.Split('\n')
        .First(line => line.TrimStart().StartsWith("libfabric.so.1 ", StringComparison.Ordinal)).Split("=> ")[1];

    private static Finished Run(string program, params IEnumerable<string> arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new Finished(process.ExitCode, output, error.Result);
    }
}
