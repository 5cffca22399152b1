// The program whose compiled headers all test programs share; it does nothing else.
int main() {
    return 0;
}
