// The map of docs/c.md: c++ -std=c++17 $(pkg-config --cflags rowen) prices.cpp $(pkg-config --libs rowen) && ./a.out ./libfunctions.so
#include <cmath>
#include <cstdio>
#include <rowen.hpp>

struct option { double spot, strike, years, rate, volatility; };

int main(int argc, char **argv) {
    try {
        rowen::client client;
        rowen::lease_options options;
        options.library = argc > 1 ? argv[1] : "./libfunctions.so";
        std::vector<option> book;
        for (int i = 0; i < 10000; i++) book.push_back({100, 80 + i * 0.004, 1, 0.02, 0.2});
        std::vector<double> prices = client.map<double>(options, "black_scholes", book);
        options.functions = "black_scholes";
        double one = client.lease(options).function("black_scholes").call<double>(book[5000]);
        std::printf("at the money: %.4f, from the map %.4f\n", one, prices[5000]);
        return std::fabs(one - prices[5000]) < 1e-12 ? 0 : 1;
    } catch (const rowen::error &error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
